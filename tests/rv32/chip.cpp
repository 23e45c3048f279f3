#include "tests/rv32/chip.hpp"

namespace updraft::rv32 {
namespace {
constexpr sim::BootBuild kBuild = sim::BootBuild::rollback;
constexpr std::uint8_t kUndefined = 0x06;
}  // namespace

Chip::Chip(std::uint32_t memory_at, std::uint32_t memory_bytes)
    : efuse_(sim::usual_efuse(*format::find_chip("esp32c3"))) {
  using format::PartitionType;
  const auto add = [this](PartitionType type, std::uint8_t subtype, std::uint32_t offset,
                          std::uint32_t size, std::string_view label) {
    (void)table_.add({type, subtype, offset, size, Text<16>(label)});
  };
  add(PartitionType::data, format::kDataOta, 0x9000, 0x2000, "otadata");
  add(PartitionType::data, kUndefined, memory_at, memory_bytes, "updraft");
  add(PartitionType::app, format::kAppOta0, 0x10000, slot_bytes(), "ota_0");
  add(PartitionType::app, format::kAppOta0 + 1, 0x40000, slot_bytes(), "ota_1");
  policy_.allow_unsigned(kRaw);
  policy_.allow_unsigned(kReq);
}

bool Chip::blank() {
  std::array<std::byte, 4> first;
  return flash_.read(format::kPartitionTableOffset, first) && load_le32(first, 0) == 0xFFFFFFFF;
}

void Chip::provision(Bytes first_image) {
  std::array<std::byte, format::kPartitionTableBytes> bytes;
  (void)format::write_partition_table(table_.entries(), bytes);
  (void)flash_.program(format::kPartitionTableOffset, bytes);
  (void)flash_.program(table_.ota_slot(0)->offset, first_image);
}

bool Chip::boot() {
  report_ = sim::Bootloader(flash_, efuse_, {.build = kBuild}).boot();
  if (!report_.app) return false;
  const format::Partition& running =
      *table_.ota_slot(static_cast<std::uint32_t>(report_.app->index));
  const format::Partition& own = *table_.find("updraft");
  memory_.emplace(journal_flash_.emplace(flash_, own.offset, own.size));
  ota_.emplace(flash_, table_, efuse_, kBuild, running);
  boot_.emplace(ota_calls_.emplace(flash_, table_, *ota_, efuse_, kBuild));
  updater_.emplace(*boot_, &*memory_, policy_, *this);
  return true;
}

}  // namespace updraft::rv32
