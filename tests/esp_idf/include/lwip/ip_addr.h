#pragma once
#include <stdint.h>
typedef struct {
  uint32_t addr;
} ip4_addr_t;
typedef struct {
  union {
    uint32_t ip6[5];
    ip4_addr_t ip4;
  } u_addr;
  uint8_t type;
} ip_addr_t;
#define ip_2_ip4(ipaddr) (&((ipaddr)->u_addr.ip4))
