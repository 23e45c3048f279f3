// A whole device in memory with data partitions, driven through its PartUpdater: what tests of data
// have in common. A test names the table, and switches it on.
#pragma once
#include <utility>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "engine/format/partition_csv.hpp"
#include "engine/parts/part_updater.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"
#include "sim/encrypted_flash.hpp"
#include "tests/fakes/file_system_image.hpp"

namespace updraft::parts {

using Buffer = std::vector<std::byte>;

// Two slots and three data partitions, one with a file system, on a flash of so many bytes.
inline constexpr std::size_t kThreePartsFlash = 0x80000;
inline constexpr std::string_view kThreeParts =
    "otadata, data, ota,       0x9000,   0x2000\n"
    "ota_0,   app,  ota_0,     0x10000,  128K\n"
    "ota_1,   app,  ota_1,     0x30000,  128K\n"
    "web,     data, littlefs,  0x50000,  40K\n"
    "res,     0x40, 1,         0x5A000,  16K\n"
    "more,    0x41, 1,         0x5E000,  16K\n"
    "updraft, data, undefined, 0x62000,  0x10000\n";

class PartDevice : public testing::Test, protected PartEvents {
 protected:
  static constexpr std::uint32_t kApp = 0x10000;  // ota_0, where `first` stands

  PartDevice(std::string_view csv, std::size_t flash_bytes,
             Buffer app = sim::make_image({.version = "1.0.0"}))
      : first(std::move(app)), cells(flash_bytes, std::byte{0xFF}) {
    const auto read = format::parse_partition_csv(csv);
    EXPECT_TRUE(read);
    for (const format::Partition& entry : read->entries()) EXPECT_TRUE(table.add(entry));
    std::array<std::byte, format::kPartitionTableBytes> binary;
    EXPECT_TRUE(format::write_partition_table(table.entries(), binary));
    std::ranges::copy(binary, cells.begin() + format::kPartitionTableOffset);
    put(kApp, first);
    policy.allow_unsigned(kWs);
    make_device();
  }
  void put(std::uint32_t at, Bytes bytes) { std::ranges::copy(bytes, cells.begin() + at); }
  // Nothing in memory survives, and what the tests put into `cells` is as it stands in flash.
  void make_device() {
    device.reset();
    flash.emplace(cells, clock);
    Flash& seen = cipher ? static_cast<Flash&>(*cipher) : *flash;
    device.emplace(seen, efuse, sim::BootBuild::rollback, policy, quiet, nullptr,
                   format::kPartitionTableOffset, trusted);
  }
  // Through flash encryption from now on, with what is in the cells.
  void encrypt() {
    const MutableBytes all(cells);
    cipher.emplace(*flash, table);
    cipher->encrypt(format::kPartitionTableOffset,
                    all.subspan(format::kPartitionTableOffset, kFlashSector));
    for (const format::Partition& entry : table.entries()) {
      cipher->encrypt(entry.offset, all.subspan(entry.offset, entry.size));
    }
    make_device();
  }
  void power_on() { ASSERT_TRUE(starts()); }
  // Also after a power cut, and where one may come. False: nothing boots.
  bool starts() {
    if (!flash->powered()) flash->power_on();
    device->set_up_parts({.events = this, .in_place = in_place, .fs_autosize = {}});
    device->power_on();
    if (device->runs()) device->start(StartedBy::reset);
    flash->reset_stats();
    return device->runs();
  }

  PartUpdater& engine() { return *device->parts(); }
  PartKeeper& keeper() { return engine().keeper(); }
  std::uint64_t erases() const {
    return flash->stats().erase_sector.count + flash->stats().erase_block.count;
  }
  Result<> send(std::string_view name, Bytes content, bool one_way = false,
                std::size_t step = 1000) {
    const Result<std::uint8_t> target = engine().find_target(name);
    if (!target) return target.error();
    UPDRAFT_TRY(engine().begin(
        {.scheme = kWs, .size = content.size(), .target = *target, .one_way = one_way}));
    for (Bytes rest = content; !rest.empty();) {
      const Bytes piece = at_most(rest, step);
      UPDRAFT_TRY(engine().write(piece));
      rest = rest.subspan(piece.size());
    }
    return outcome_of(engine().finish());
  }
  // "ok", or the code of what went wrong.
  std::string sent(std::string_view name, Bytes content, std::size_t step = 1000) {
    return word(send(name, content, false, step));
  }
  Buffer content(std::string_view label) {
    Flash& part = *keeper().partition(label);
    Buffer bytes(part.size());
    EXPECT_TRUE(part.read(0, bytes));
    return bytes;
  }

  const Buffer first;
  std::vector<std::string> in_place;
  Buffer cells;
  format::PartitionTable table;
  sim::VirtualClock clock;
  std::optional<sim::NorFlash> flash;
  std::optional<sim::EncryptedFlash> cipher;
  sim::Efuse efuse = sim::usual_efuse(*format::find_chip("esp32c3"));
  Policy policy;
  struct Quiet final : Observer {
  } quiet;
  sim::Trusted trusted;  // of the next make_device()
  std::optional<sim::Device> device;
};

}  // namespace updraft::parts
