#pragma once
#include <stddef.h>
#include <stdint.h>
#define MALLOC_CAP_DEFAULT (1 << 12)
#ifdef __cplusplus
extern "C" {
#endif
void* heap_caps_malloc(size_t size, uint32_t caps);
size_t heap_caps_get_largest_free_block(uint32_t caps);
void heap_caps_free(void* ptr);
#ifdef __cplusplus
}
#endif
