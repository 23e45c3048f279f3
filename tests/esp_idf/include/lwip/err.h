#pragma once
#include <stdint.h>
typedef int8_t err_t;
#define ERR_OK 0
#define ERR_MEM (-1)
#define ERR_INPROGRESS (-5)
#define ERR_ARG (-16)
