#pragma once
#include <stdint.h>
struct MDNSResponder {
  bool begin(const char*) { return true; }
  void enableArduino(uint16_t, bool) {}
};
inline MDNSResponder MDNS;
