// The port with all code left out that menuconfig can leave out: what is asked for all the same is
// an error that says which option brings it.
#include "ports/esp_idf/left_out.hpp"

#include <cstdarg>
#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace {
std::string logged;
}

extern "C" void fake_log(char, const char*, const char* format, ...) {
  char line[256];
  va_list arguments;
  va_start(arguments, format);
  (void)std::vsnprintf(line, sizeof line, format, arguments);
  va_end(arguments);
  logged = line;
}

namespace updraft::esp_idf {
namespace {

TEST(LeftOut, WhatIsNotAskedForIsNotMissed) {
  EXPECT_EQ(check_left_out(updraft_config_t{}), ESP_OK);
}

TEST(LeftOut, WhatIsAskedForIsNamedWithItsOption) {
  const struct {
    void (*ask)(updraft_config_t& config);
    const char* says;
  } rows[] = {
      {[](updraft_config_t& c) { c.raw_port = 1; }, "raw_port needs CONFIG_UPDRAFT_RAW"},
      {[](updraft_config_t& c) { c.pull_url = "raw://h:1"; }, "raw:// needs CONFIG_UPDRAFT_RAW"},
      {[](updraft_config_t& c) { c.pull_url = "req://h:1"; }, "req:// needs CONFIG_UPDRAFT_REQ"},
      {[](updraft_config_t& c) { c.pull_url = "https://h/a"; }, "CONFIG_UPDRAFT_WEB_PULL"},
      {[](updraft_config_t& c) { c.pull_url = "http://h/a"; }, "CONFIG_UPDRAFT_WEB_PULL"},
      {[](updraft_config_t& c) { c.pull_url = "h:1"; }, "pull_url needs CONFIG_UPDRAFT_FETCH"},
      {[](updraft_config_t& c) { c.bundle_port = 1; }, "bundle_port needs CONFIG_UPDRAFT_BUNDLE"},
      {[](updraft_config_t& c) { c.arduino_port = 1; },
       "arduino_port needs CONFIG_UPDRAFT_ARDUINO"},
      {[](updraft_config_t& c) { c.esphome_port = 1; },
       "esphome_port needs CONFIG_UPDRAFT_ESPHOME"},
      {[](updraft_config_t& c) { c.esphome_key = "key"; },
       "esphome_key needs CONFIG_UPDRAFT_ESPHOME_NOISE"},
      {[](updraft_config_t& c) { c.native_port = 1; }, "native_port needs CONFIG_UPDRAFT_NATIVE"},
      {[](updraft_config_t& c) { c.mqtt_url = "mqtt://h/t"; },
       "mqtt_url needs CONFIG_UPDRAFT_MQTT"},
      {[](updraft_config_t& c) { c.in_place = "web"; }, "in_place needs CONFIG_UPDRAFT_FILES"},
      {[](updraft_config_t& c) { c.raw_aes = UPDRAFT_AES_256_CBC; },
       "raw_aes needs CONFIG_UPDRAFT_STREAM_AES"},
      {[](updraft_config_t& c) { c.sd_folder = "/sd"; }, "sd_folder needs CONFIG_UPDRAFT_SD"},
  };
  for (const auto& row : rows) {
    updraft_config_t config{};
    row.ask(config);
    EXPECT_EQ(check_left_out(config), ESP_ERR_NOT_SUPPORTED) << row.says;
    EXPECT_NE(logged.find(row.says), std::string::npos) << logged;
    EXPECT_NE(logged.find("menuconfig"), std::string::npos) << logged;
  }
}

}  // namespace
}  // namespace updraft::esp_idf
