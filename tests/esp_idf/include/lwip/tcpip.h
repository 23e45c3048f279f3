#pragma once
#include "lwip/err.h"
typedef void (*tcpip_callback_fn)(void* ctx);
#ifdef __cplusplus
extern "C" {
#endif
// Has lwIP's task call it; ERR_MEM where there is no room for the message.
err_t tcpip_try_callback(tcpip_callback_fn function, void* ctx);
#ifdef __cplusplus
}
#endif
