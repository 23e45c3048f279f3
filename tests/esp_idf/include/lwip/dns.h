#pragma once
#include "lwip/err.h"
#include "lwip/ip_addr.h"
#define LWIP_DNS_ADDRTYPE_IPV4 0
// ipaddr: NULL where there is no such name, or no answer.
typedef void (*dns_found_callback)(const char* name, const ip_addr_t* ipaddr, void* callback_arg);
#ifdef __cplusplus
extern "C" {
#endif
// In lwIP's task only. ERR_INPROGRESS: `found` is called later, there too.
err_t dns_gethostbyname_addrtype(const char* hostname, ip_addr_t* addr, dns_found_callback found,
                                 void* callback_arg, uint8_t dns_addrtype);
#ifdef __cplusplus
}
#endif
