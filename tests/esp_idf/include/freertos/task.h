#pragma once
#include "freertos/FreeRTOS.h"
typedef void* TaskHandle_t;
typedef void (*TaskFunction_t)(void*);
#ifdef __cplusplus
extern "C" {
#endif
void vTaskDelay(TickType_t ticks);
UBaseType_t uxTaskGetStackHighWaterMark(TaskHandle_t task);  // bytes; NULL: of the caller
// ESP-IDF counts the stack in bytes.
BaseType_t xTaskCreatePinnedToCore(TaskFunction_t code, const char* name, uint32_t stack_bytes,
                                   void* argument, UBaseType_t priority, TaskHandle_t* created,
                                   BaseType_t core);
#ifdef __cplusplus
}
#endif
