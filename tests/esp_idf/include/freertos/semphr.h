#pragma once
#include "freertos/FreeRTOS.h"
typedef void* SemaphoreHandle_t;
#define portMAX_DELAY ((TickType_t)0xffffffffUL)
#ifdef __cplusplus
extern "C" {
#endif
SemaphoreHandle_t xSemaphoreCreateMutex(void);
BaseType_t xSemaphoreTake(SemaphoreHandle_t mutex, TickType_t ticks);
BaseType_t xSemaphoreGive(SemaphoreHandle_t mutex);
void vSemaphoreDelete(SemaphoreHandle_t mutex);
#ifdef __cplusplus
}
#endif
