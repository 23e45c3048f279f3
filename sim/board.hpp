// A small flash chip with a partition table, otadata and demo images in it, for tests of what
// boots.
//
//   0x8000  partition table      0xD000  otadata      0x10000  apps of 64 KiB each:
//                                                     ota_0, ota_1, ..., factory, test
#pragma once
#include <vector>

#include "sim/bootloader.hpp"
#include "sim/demo_image.hpp"
#include "sim/nor_flash.hpp"

namespace updraft::sim {

struct Layout {
  std::uint32_t slots = 2;
  bool factory = false;
  bool test = false;
  bool otadata = true;
};

// An otadata record as tests write it down; the default is blank.
struct Record {
  std::uint32_t seq = format::kEmptySeq;
  format::OtaState state = format::OtaState::undefined;
  bool crc_ok = true;
};

class Board {
 public:
  static constexpr std::uint32_t kOtaDataOffset = 0xD000;
  static constexpr std::uint32_t kAppBytes = 0x10000;

  explicit Board(const Layout& layout = {}, const NorConfig& nor = {})
      : cells_((3 + layout.slots) * kAppBytes, std::byte{0xFF}), flash(cells_, clock, nor) {
    if (layout.otadata) {
      add(format::PartitionType::data, format::kDataOta, kOtaDataOffset, 0x2000, "otadata");
    }
    std::uint32_t at = 0x10000;
    for (std::uint32_t i = 0; i < layout.slots; ++i, at += kAppBytes) {
      const auto subtype = static_cast<std::uint8_t>(format::kAppOta0 + i);
      add(format::PartitionType::app, subtype, at, kAppBytes, app_name(static_cast<int>(i)));
    }
    if (layout.factory) {
      add(format::PartitionType::app, format::kAppFactory, at, kAppBytes, "factory");
    }
    at += kAppBytes;
    if (layout.test) add(format::PartitionType::app, format::kAppTest, at, kAppBytes, "test");
    write_table(table);
  }

  // Puts an image into every app partition: versions "ota_0", "factory", ...
  void fill(std::uint32_t secure_version = 0) {
    for (const format::Partition& entry : table.entries()) {
      if (entry.type != format::PartitionType::app) continue;
      put(entry, {.version = std::string(entry.label.view()), .secure_version = secure_version});
    }
  }
  void put(const format::Partition& app, Bytes image) {
    std::ranges::fill(cells(app), std::byte{0xFF});
    std::ranges::copy(image, cells(app).begin());
  }
  void put(const format::Partition& app, const DemoImage& demo) { put(app, make_image(demo)); }
  void put(int index, const DemoImage& demo) { put(app(index), demo); }
  void break_image(int index) { cells(app(index))[200] ^= std::byte{1}; }

  void put_record(std::size_t i, const Record& record) {
    MutableBytes sector = MutableBytes(cells_).subspan(kOtaDataOffset + i * 0x1000, 0x1000);
    std::ranges::fill(sector, std::byte{0xFF});
    if (record.seq == format::kEmptySeq) return;
    std::ranges::copy(format::make_ota_record(record.seq, record.state), sector.begin());
    if (!record.crc_ok) sector[28] ^= std::byte{1};
  }
  void put_records(const Record& first, const Record& second) {
    put_record(0, first);
    put_record(1, second);
  }
  format::OtaRecord record(std::size_t i) const {
    return format::parse_ota_record(Bytes(cells_).subspan(kOtaDataOffset + i * 0x1000, 32));
  }

  const format::Partition& app(int index) const { return *BootLayout(table).app(index); }
  MutableBytes cells(const format::Partition& partition) {
    return MutableBytes(cells_).subspan(partition.offset, partition.size);
  }
  void write_table(const format::PartitionTable& written) {
    const MutableBytes place =
        MutableBytes(cells_).subspan(format::kPartitionTableOffset, format::kPartitionTableBytes);
    (void)format::write_partition_table(written.entries(),
                                        place.first<format::kPartitionTableBytes>());
  }
  BootReport boot(BootBuild build) { return Bootloader(flash, efuse, {.build = build}).boot(); }

 private:
  void add(format::PartitionType type, std::uint8_t subtype, std::uint32_t offset,
           std::uint32_t size, std::string_view label) {
    (void)table.add({type, subtype, offset, size, Text<16>(label)});
  }
  std::vector<std::byte> cells_;

 public:
  VirtualClock clock;
  NorFlash flash;
  Efuse efuse = usual_efuse(*format::find_chip("esp32c3"));
  format::PartitionTable table;
};

}  // namespace updraft::sim
