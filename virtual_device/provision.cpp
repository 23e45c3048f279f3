#include "virtual_device/provision.hpp"

#include <fstream>
#include <stdexcept>

#include "updraft/flash.hpp"

#include "engine/format/otadata.hpp"
#include "engine/format/partition_csv.hpp"
#include "engine/rescue/rescue_boot.hpp"
#include "host/dump/table.hpp"
#include "host/files/flash_map.hpp"
#include "host/files/text_kind.hpp"
#include "host/files/trim.hpp"
#include "sim/demo_image.hpp"
#include "sim/device.hpp"

namespace updraft::device {
namespace {

using format::Partition;
using format::PartitionType;

constexpr std::uint32_t kMinFlash = 1u << 20;
constexpr std::uint32_t kMaxFlash = 128u << 20;
constexpr std::size_t kMaxFirmware = 16u << 20;
constexpr std::size_t kMostCsvBytes = 4 * format::kMaxCsvBytes;  // in UTF-32

std::string read_whole(const std::filesystem::path& file, std::size_t limit) {
  if (std::filesystem::is_directory(file)) throw Unusable(file.string() + " is a directory");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw Unusable(file.string() + ": cannot be read");
  std::string text(limit + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > limit) throw Unusable(file.string() + ": is too large");
  return text;
}

// A table stands in a sector of its own after the bootloader, where tools look for one.
std::uint32_t table_offset_of(const Options& options, const format::Chip& chip) {
  const std::uint32_t offset = options.table_offset.value_or(format::kPartitionTableOffset);
  if (offset % format::kPartitionTableSector == 0 && offset > chip.bootloader_offset &&
      offset <= files::kLastTableOffset) {
    return offset;
  }
  throw Unusable(
      "the table must stand after the bootloader, at a multiple of 0x1000 up to 0x20000");
}

Partition make_partition(PartitionType type, std::uint8_t subtype, std::uint32_t offset,
                         std::uint32_t size, std::string_view label) {
  return {type, subtype, offset, size, Text<16>(label), 0};
}

format::PartitionTable partitions_from(const Options& options, const format::Chip& chip) {
  const std::uint32_t table_offset = table_offset_of(options, chip);
  if (options.partitions.empty()) return default_partitions(options.flash_size, table_offset);
  const std::string file = read_whole(options.partitions, kMostCsvBytes);
  const auto text = files::as_text_file(as_bytes(file));
  const format::CsvOptions rules{.table_offset = table_offset,
                                 .flash_size = options.flash_size,
                                 .bootloader_offset = chip.bootloader_offset};
  const std::string_view csv = text ? std::string_view(text->utf8) : std::string_view(file);
  const auto table = format::parse_partition_csv(csv, rules);
  if (table) return *table;
  throw Unusable(options.partitions.string() + ": " + dump::csv_fault(csv, table.error()));
}

const Partition* rescue_app(const format::PartitionTable& table) {
  const Partition* const app = table.find(PartitionType::app, format::kAppFactory);
  const bool rescue = app != nullptr && app->label.view() == kRescueLabel &&
                      table.ota_slot(0) != nullptr &&
                      table.find(PartitionType::data, format::kDataOta) != nullptr;
  return rescue ? app : nullptr;
}

// Where the bootloader looks first on a device without a choice in otadata. A rescue app is no
// first choice.
const Partition& first_app(const format::PartitionTable& table) {
  const Partition* app = table.find(PartitionType::app, format::kAppFactory);
  if (app == nullptr || rescue_app(table) != nullptr) app = table.ota_slot(0);
  if (app == nullptr) throw Unusable("the partition table has no app slot to boot from");
  return *app;
}

void place(std::vector<std::byte>& flash, std::uint32_t offset, Bytes bytes) {
  std::copy(bytes.begin(), bytes.end(), flash.begin() + offset);
}

// A file of the options, which is a sound image for `chip`.
std::vector<std::byte> read_firmware(const std::filesystem::path& file) {
  const std::string text = read_whole(file, kMaxFirmware);
  const Bytes bytes = as_bytes(text);
  format::ImageVerifier verifier{format::ImageExpectation{}};
  Result<> verdict = verifier.push(bytes);
  if (verdict) verdict = verifier.finish();
  if (!verdict) throw Unusable(file.string() + ": " + std::string(sentence(verdict.error())));
  const Bytes image = files::without_padding(bytes);
  return {image.begin(), image.end()};
}

std::vector<std::byte> demo_firmware(const format::Chip* chip, const char* project,
                                     std::size_t bytes) {
  sim::DemoImage demo;
  if (chip != nullptr) demo.chip = chip;
  demo.version = "1.0.0";
  demo.project = project;
  demo.app = "healthy";
  demo.size = bytes;
  return sim::make_image(demo);
}

// The rescue app, and the choice of ota_0 beside it, confirmed.
void place_rescue(std::vector<std::byte>& flash, const Options& options, const Identity& identity,
                  const format::PartitionTable& table) {
  const Partition* const app = rescue_app(table);
  if (app == nullptr) {
    if (!options.rescue.empty()) throw Unusable("--rescue: the table has no app \"rescue\"");
    return;
  }
  const std::vector<std::byte> image =
      options.rescue.empty() ? demo_firmware(identity.efuse.chip, "rescue", 128 * 1024)
                             : read_firmware(options.rescue);
  if (image.size() > app->size) throw Unusable("the rescue app is larger than its partition");
  place(flash, app->offset, image);
  const Partition& otadata = *table.find(PartitionType::data, format::kDataOta);
  place(flash, otadata.offset, format::make_ota_record(1, format::OtaState::valid));
}

}  // namespace

format::PartitionTable default_partitions(std::uint32_t flash_size, std::uint32_t table_offset) {
  const std::uint32_t otadata = table_offset + format::kPartitionTableSector;
  const auto first = static_cast<std::uint32_t>(
      align_up(otadata + std::uint64_t{format::kOtaDataBytes}, kFlashBlock));
  const std::uint32_t slot = flash_size / 8 * 3 / kFlashBlock * kFlashBlock;
  const std::uint32_t rest = first + 2 * slot;
  format::PartitionTable table;
  (void)table.add(
      make_partition(PartitionType::data, 0x00, otadata, format::kOtaDataBytes, "otadata"));
  (void)table.add(make_partition(PartitionType::app, 0x10, first, slot, "ota_0"));
  (void)table.add(make_partition(PartitionType::app, 0x11, first + slot, slot, "ota_1"));
  (void)table.add(
      make_partition(PartitionType::data, 0x06, rest, flash_size - rest, sim::kJournalPartition));
  return table;
}

std::vector<std::byte> first_firmware(const Options& options) {
  if (!options.firmware.empty()) return read_firmware(options.firmware);
  const format::Chip* const chip = options.chip.empty() ? nullptr : format::find_chip(options.chip);
  return demo_firmware(chip, "demo", 256 * 1024);
}

Identity make_identity(const Options& options, Bytes firmware) {
  const Result<format::ImageHeader> header = format::parse_image_header(firmware);
  const format::Chip* chip =
      options.chip.empty() ? format::find_chip(header ? header->chip_id : std::uint16_t{0xFFFF})
                           : format::find_chip(options.chip);
  if (chip == nullptr) throw Unusable("there is no chip " + options.chip);
  if (header && header->chip_id != chip->id) {
    throw Unusable("the firmware is for " + std::string(format::chip_name(header->chip_id)) +
                   ", the device is an " + std::string(chip->name));
  }
  Identity identity{
      .id = make_id(), .efuse = sim::usual_efuse(*chip), .bootloader = options.bootloader};
  if (options.chip_revision) identity.efuse.revision = *options.chip_revision;
  identity.efuse.block_revision = options.block_revision;
  identity.table_offset = table_offset_of(options, *chip);
  if (identity.efuse.raise_secure_version(options.secure_version) != sim::EspErr::ok) {
    throw Unusable("this chip has no room for that secure version");
  }
  return identity;
}

std::vector<std::byte> make_flash(const Options& options, const Identity& identity,
                                  Bytes firmware) {
  if (options.flash_size < kMinFlash || options.flash_size > kMaxFlash ||
      options.flash_size % kFlashBlock != 0) {
    throw Unusable("the flash size must be 1 MB to 128 MB, in steps of 64 KiB");
  }
  const format::PartitionTable table = partitions_from(options, *identity.efuse.chip);
  const Partition& app = first_app(table);
  if (firmware.size() > app.size) {
    throw Unusable("the firmware is larger than its slot " + std::string(app.label.view()));
  }
  std::vector<std::byte> flash(options.flash_size, std::byte{0xFF});
  std::array<std::byte, format::kPartitionTableBytes> binary;
  if (!format::write_partition_table(table.entries(), binary)) {
    throw Unusable("the partition table has too many entries");
  }
  place(flash, identity.table_offset, binary);
  place(flash, app.offset, firmware);
  place_rescue(flash, options, identity, table);
  return flash;
}

}  // namespace updraft::device
