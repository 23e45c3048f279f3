// What a rescue app needs of it for an access point of its own.
#pragma once
#include <stdint.h>

#include "esp_err.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef enum { WIFI_MODE_STA = 1, WIFI_MODE_AP } wifi_mode_t;
typedef enum { WIFI_IF_STA, WIFI_IF_AP } wifi_interface_t;
typedef enum { WIFI_AUTH_OPEN, WIFI_AUTH_WPA2_PSK = 3 } wifi_auth_mode_t;
typedef struct {
  uint8_t ssid[32];
  uint8_t password[64];
  uint8_t ssid_len;
  uint8_t channel;
  wifi_auth_mode_t authmode;
  uint8_t max_connection;
} wifi_ap_config_t;
typedef union {
  wifi_ap_config_t ap;
} wifi_config_t;

esp_err_t esp_wifi_set_mode(wifi_mode_t mode);
esp_err_t esp_wifi_set_config(wifi_interface_t which, wifi_config_t* config);
esp_err_t esp_wifi_start(void);
struct esp_netif_obj* esp_netif_create_default_wifi_ap(void);

#ifdef __cplusplus
}
#endif
