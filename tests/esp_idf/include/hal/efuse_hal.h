#pragma once
#include <stdbool.h>
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif
uint32_t efuse_hal_blk_version(void);
bool efuse_hal_get_disable_wafer_version_major(void);
#ifdef __cplusplus
}
#endif
