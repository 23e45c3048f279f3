// What IDF before 5.3 has in place of hal/efuse_hal.h's functions.
#pragma once
#include <stdbool.h>
#include <stdint.h>
static inline bool efuse_ll_get_disable_wafer_version_major(void) { return false; }
static inline uint32_t efuse_ll_get_blk_version_major(void) { return 0; }
static inline uint32_t efuse_ll_get_blk_version_minor(void) { return 3; }
