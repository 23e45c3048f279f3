// The partition tables that are most in use (spec/beyond-app.md section 10), and the two that each
// of them is asked to become.
#pragma once
#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/format/partition_csv.hpp"
#include "host/layout/rules.hpp"

namespace updraft::layout::samples {

struct Golden {
  const char* name;
  const char* csv;
};

inline constexpr const char* kUsualNvs =
    "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n";

inline std::vector<Golden> golden_tables() {
  return {{"arduino_default",
           "app0, app, ota_0, 64K, 1280K\napp1, app, ota_1, 1344K, 1280K\n"
           "spiffs, data, spiffs, 2624K, 1408K\ncoredump, data, coredump, 4032K, 64K\n"},
          {"min_spiffs",
           "app0, app, ota_0, 64K, 1920K\napp1, app, ota_1, 1984K, 1920K\n"
           "spiffs, data, spiffs, 3904K, 128K\ncoredump, data, coredump, 4032K, 64K\n"},
          {"huge_app",
           "app0, app, ota_0, 64K, 3072K\nspiffs, data, spiffs, 3136K, 896K\n"
           "coredump, data, coredump, 4032K, 64K\n"},
          {"wled",
           "app0, app, ota_0, 64K, 1536K\napp1, app, ota_1, 1600K, 1536K\n"
           "spiffs, data, spiffs, 3136K, 960K\n"},
          {"opendtu_4mb",
           "app0, app, ota_0, 64K, 1920K\napp1, app, ota_1, 1984K, 1920K\n"
           "spiffs, data, spiffs, 3904K, 192K\n"},
          {"trmnl",
           "app0, app, ota_0, 64K, 1856K\napp1, app, ota_1, 1920K, 1856K\n"
           "spiffs, data, spiffs, 3776K, 256K\ncoredump, data, coredump, 4032K, 64K\n"},
          {"esphome_4mb",
           "otadata, data, ota, 0x9000, 0x2000\nphy_init, data, phy, 0xb000, 0x1000\n"
           "app0, app, ota_0, 64K, 1792K\napp1, app, ota_1, 1856K, 1792K\nnvs, data, nvs, "
           "0x390000, 436K\n"},
          {"esphome_4mb_old",
           "otadata, data, ota, 0x9000, 0x2000\nphy_init, data, phy, 0xb000, 0x1000\n"
           "app0, app, ota_0, 64K, 1600K\napp1, app, ota_1, 2048K, 1600K\nnvs, data, nvs, "
           "0x390000, 436K\n"},
          {"micropython_ota",
           "nvs, data, nvs, 0x9000, 16K\notadata, data, ota, 0xd000, 0x2000\nphy_init, data, phy, "
           "0xf000, 0x1000\n"
           "ota_0, app, ota_0, 64K, 1536K\nota_1, app, ota_1, 1600K, 1536K\nvfs, data, fat, 3136K, "
           "960K\n"},
          {"tasmota_safeboot",
           "safeboot, app, factory, 64K, 832K\napp0, app, ota_0, 896K, 2880K\nspiffs, data, "
           "spiffs, 3776K, 320K\n"},
          {"tinyuf2",
           "ota_0, app, ota_0, 64K, 1408K\nota_1, app, ota_1, 1472K, 1408K\nuf2, app, factory, "
           "2880K, 256K\n"
           "ffat, data, fat, 3136K, 960K\n"},
          {"matter_product",
           "nvs, data, nvs, 0x9000, 16K\notadata, data, ota, 0xd000, 0x2000\nphy_init, data, phy, "
           "0xf000, 0x1000\n"
           "factory, app, factory, 64K, 960K\nota_0, app, ota_0, 1024K, 1408K\nota_1, app, ota_1, "
           "2432K, 1408K\n"
           "fctry, 0x40, 0, 3840K, 48K\nmore, 0x40, 0, 3888K, 128K\nlast, 0x40, 0, 4016K, 16K\n"
           "coredump, data, coredump, 4032K, 64K\n"}};
}

inline format::PartitionTable table_of(const Golden& golden) {
  const std::string csv = golden.csv;
  const bool own = csv.find("otadata") != csv.npos;
  const auto table = format::parse_partition_csv(own ? csv : kUsualNvs + csv);
  if (!table) throw std::runtime_error(golden.name + std::string(table.error().why));
  return *table;
}

// The room of apps and of the file system behind them, in a table with what is kept around it.
class Remake {
 public:
  explicit Remake(const format::PartitionTable& old) {
    for (const format::Partition& p : old.entries()) {
      if (p.type == format::PartitionType::app) begin_ = std::min(begin_, p.offset);
    }
    for (const format::Partition& p : old.entries()) {
      if (p.type == format::PartitionType::app) continue;
      if (is_file_system(p)) {
        fs_ = p;
      } else if (p.offset > begin_) {
        end_ = std::min(end_, p.offset);
        behind_.push_back(p);
      } else {
        (void)table_.add(p);
      }
    }
  }

  format::PartitionTable two_slots() && {
    const std::uint32_t slot = (end_ - begin_ - fs_bytes()) / 2 / kBlock * kBlock;
    add(format::kAppOta0, begin_, slot, "app0");
    add(format::kAppOta0 + 1, begin_ + slot, slot, "app1");
    return finish(begin_ + 2 * slot);
  }
  format::PartitionTable one_slot_and_rescue() && {
    const std::uint32_t rescue = (end_ - fs_bytes() - kRescueBytes) / kBlock * kBlock;
    add(format::kAppOta0, begin_, rescue - begin_, "app0");
    add(format::kAppFactory, rescue, kRescueBytes, "rescue");
    return finish(rescue + kRescueBytes);
  }

 private:
  static constexpr std::uint32_t kBlock = 64 * 1024, kRescueBytes = 832 * 1024;
  static bool is_file_system(const format::Partition& p) {
    return p.type == format::PartitionType::data && p.subtype >= 0x81 && p.subtype <= 0x83;
  }
  std::uint32_t fs_bytes() const { return fs_.size == 0 ? 0 : 128 * 1024; }
  void add(int subtype, std::uint32_t offset, std::uint32_t bytes, const char* label) {
    (void)table_.add({format::PartitionType::app, static_cast<std::uint8_t>(subtype), offset, bytes,
                      Text<16>(std::string_view(label))});
  }
  format::PartitionTable finish(std::uint32_t fs_at) {
    if (fs_.size != 0) {
      fs_.offset = fs_at;
      fs_.size = end_ - fs_at;
      (void)table_.add(fs_);
    }
    for (const format::Partition& p : behind_) (void)table_.add(p);
    return table_;
  }

  format::PartitionTable table_;
  std::vector<format::Partition> behind_;
  format::Partition fs_{.size = 0};
  std::uint32_t begin_ = UINT32_MAX, end_ = 4 << 20;
};

}  // namespace updraft::layout::samples
