// The Arduino core 3 for ESP32, as far as sketches here use it, and those of its macros that other
// headers trip over.
#pragma once
#include <algorithm>

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.1415926535897932384626433832795
#define EULER 2.718281828459045235360287471352
#define HIGH 0x1
#define LOW 0x0
#define INPUT 0x01
#define OUTPUT 0x03
#define DEFAULT 1
#define EXTERNAL 0
#define INTERNAL 1
#define DISPLAY 0x1
#define SERIAL 0x0
#define constrain(amt, low, high) ((amt) < (low) ? (low) : ((amt) > (high) ? (high) : (amt)))
#define radians(deg) ((deg) * 0.017453292519943295769236907684886)
#define degrees(rad) ((rad) * 57.295779513082320876798154814105)
#define sq(x) ((x) * (x))
#define bit(b) (1UL << (b))
#define lowByte(w) ((uint8_t)((w) & 0xff))
#define highByte(w) ((uint8_t)((w) >> 8))
#define bitRead(value, bit) (((value) >> (bit)) & 0x01)
#define interrupts() ((void)0)
#define B0 0
#define B1 1
#define B10 2
#define F(text) (text)
#define PROGMEM
#define ESP_ARDUINO_VERSION_MAJOR 3
using std::max;
using std::min;

void setup();
void loop();
extern "C" {
void configTime(long gmt_offset, int daylight_offset, const char* server);
void delay(uint32_t ms);
unsigned long millis();
void esp_deep_sleep(uint64_t microseconds);  // does not come back
}

struct HardwareSerial {
  void begin(unsigned long) {}
  void println(const char*) {}
  template <class... Values>
  void printf(const char* format, Values... values) {
    char line[128];
    (void)snprintf(line, sizeof line, format, values...);
  }
};
inline HardwareSerial Serial;
