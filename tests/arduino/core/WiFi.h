#pragma once
enum wl_status_t { WL_CONNECTED = 3, WL_DISCONNECTED = 6 };
struct WiFiClass {
  void begin(const char*, const char*) {}
  wl_status_t status() { return WL_CONNECTED; }
};
inline WiFiClass WiFi;
