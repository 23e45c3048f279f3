// The device of most tests of data: a partition of each kind. What its product is told stands in
// `news`.
#pragma once
#include "engine/parts/test_part_device.hpp"

namespace updraft::parts {

inline constexpr std::uint32_t kWeb = 40 * 1024;  // bytes of its partition "web"

class PartBench : public PartDevice {
 protected:
  explicit PartBench(const char* more = "")
      : PartDevice(std::string("otadata, data, ota,       0x9000,   0x2000\n"
                               "ota_0,   app,  ota_0,     0x10000,  64K\n"
                               "ota_1,   app,  ota_1,     0x20000,  64K\n"
                               "web,     data, littlefs,  0x30000,  40K\n"
                               "updraft, data, undefined, 0x3A000,  0xC000\n"
                               "files,   data, spiffs,    0x46000,  40K\n"
                               "media,   data, fat,       0x50000,  40K\n"
                               "factory_nvs, data, nvs,   0x5A000,  0x4000\n"
                               "certs,   0x40, 1,         0x5E000,  0x2000\n") +
                       more,
                   0x80000) {
    if (table.find(format::PartitionType::app, format::kAppFactory) != nullptr)
      put(0x60000, sim::make_image({.version = "0.1.0"}));
    power_on();
  }

  void on_part(const PartNews& what) override {
    news += (news.empty() ? "" : " ") + std::string(what.label) + ":" +
            std::string(parts::name(what.state));
  }
  bool may_write(std::string_view) override { return allowed; }
  bool on_unmount(std::string_view) override { return unmounts; }
  void on_mount(std::string_view label, bool complete) override {
    news += " mount:" + std::string(label) + (complete ? ":whole" : ":half");
  }

  bool allowed = true, unmounts = true;
  std::string news;
};

inline std::vector<std::byte> filled(std::size_t size, char with) {
  return std::vector<std::byte>(size, static_cast<std::byte>(with));
}

}  // namespace updraft::parts
