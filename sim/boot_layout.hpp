// The partition table as the bootloader sees it (spec/esp32.md section 2.2): the apps it may
// boot, by index, and otadata. If two entries have the same subtype, the later one counts.
#pragma once
#include <array>
#include <string>

#include "engine/format/partition_table.hpp"

namespace updraft::sim {

// Index of an app: 0 .. 15 for ota_0 .. ota_15, or one of these.
inline constexpr int kFactoryIndex = -1;
inline constexpr int kTestIndex = -2;

struct BootLayout {
  BootLayout() = default;
  explicit BootLayout(const format::PartitionTable& table);

  // nullptr: no such partition, or a slot above the number of slots.
  const format::Partition* app(int index) const;

  const format::Partition* otadata = nullptr;
  const format::Partition* factory = nullptr;
  const format::Partition* test = nullptr;
  std::array<const format::Partition*, format::kMaxOtaSlots> ota{};
  std::uint32_t slots = 0;  // app entries of subtype ota_*, contiguous or not
};

std::string app_name(int index);  // "ota_0", "factory", "test"

}  // namespace updraft::sim
