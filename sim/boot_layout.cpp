#include "sim/boot_layout.hpp"

namespace updraft::sim {

using format::Partition;
using format::PartitionType;

BootLayout::BootLayout(const format::PartitionTable& table) {
  for (const Partition& entry : table.entries()) {
    if (entry.type == PartitionType::data && entry.subtype == format::kDataOta) otadata = &entry;
    if (entry.type != PartitionType::app) continue;
    if (entry.subtype == format::kAppFactory) factory = &entry;
    if (entry.subtype == format::kAppTest) test = &entry;
    if ((entry.subtype & 0xF0) == format::kAppOta0) {
      ota[entry.subtype & 0x0F] = &entry;
      ++slots;
    }
  }
}

const Partition* BootLayout::app(int index) const {
  if (index == kFactoryIndex) return factory;
  if (index == kTestIndex) return test;
  const auto slot = static_cast<std::uint32_t>(index);
  return slot < slots && slot < ota.size() ? ota[slot] : nullptr;
}

std::string app_name(int index) {
  if (index == kFactoryIndex) return "factory";
  if (index == kTestIndex) return "test";
  return "ota_" + std::to_string(index);
}

}  // namespace updraft::sim
