#include "cli/inspect/flash_report.hpp"

#include <algorithm>
#include <bit>
#include <map>

#include <fmt/format.h>

#include "cli/words/text.hpp"
#include "host/dump/dump_flash.hpp"
#include "sim/app_reader.hpp"
#include "sim/device.hpp"

namespace updraft::cli {
namespace {

using format::Partition;
using format::PartitionType;

constexpr std::uint64_t kSmallestChip = 1 << 20;

bool is_ota(const Partition& p) {
  return p.subtype >= format::kAppOta0 && p.subtype < format::kAppOta0 + format::kMaxOtaSlots;
}

// What the flash itself says that the chip is: its bootloader, or else most of its apps.
const format::Chip* chip_of(Bytes file, const FlashReport& report,
                            const std::vector<files::ImagePlace>& bootloaders) {
  for (const files::ImagePlace& place : bootloaders) {
    if (place.chip != nullptr && place.chip->bootloader_offset == place.offset) return place.chip;
  }
  std::map<std::uint16_t, int> votes;
  for (const Partition& p : report.table.table.entries()) {
    const Bytes image = part_of(file, report.base, p);
    if (p.type != PartitionType::app || image.size() < format::kImageHeaderBytes) continue;
    if (const auto header = format::parse_image_header(image)) ++votes[header->chip_id];
  }
  const auto most = std::ranges::max_element(votes, {}, [](const auto& v) { return v.second; });
  if (most != votes.end()) return format::find_chip(most->first);
  return bootloaders.empty() ? nullptr : bootloaders.front().chip;
}

// Of a dump nobody knows the revision: any that an image asks for will do.
sim::Efuse efuse_for(const FlashFacts& facts, const format::Chip* chip) {
  sim::Efuse efuse = facts.efuse;
  if (efuse.chip != nullptr || chip == nullptr) return efuse;
  efuse.chip = chip;
  efuse.revision = efuse.block_revision = UINT16_MAX - 1;
  efuse.ignore_max_revision = true;
  return efuse;
}

std::string wrong_place(const FlashReport& report, std::uint32_t found) {
  return fmt::format("it lies at {:#x}, and {} starts what is at {:#x}", found, report.chip->name,
                     *report.bootloader.expected);
}

std::string bootloader_fault(const FlashReport& report) {
  const BootloaderPlace& at = report.bootloader;
  if (report.facts.is_virtual || report.chip == nullptr) return "";
  if (report.file_end <= *at.expected) return "";  // the file ends before it: nobody knows
  if (!at.offset) return fmt::format("there is none at {:#x}", *at.expected);
  if (*at.offset != *at.expected) return wrong_place(report, *at.offset);
  const dump::BootloaderReading& read = *at.reading;
  if (read.chip != report.chip)
    return fmt::format("it is for {}", format::chip_name(read.header.chip_id));
  if (read.length == 0) return "it is damaged: its segments do not fit";
  if (!read.checksum_right) return "it is damaged: its checksum is wrong";
  const std::uint32_t flash = dump::flash_bytes(read.header.speed_size);
  const std::uint64_t end = files::end_of(report.table.table);
  if (flash != 0 && end > flash) {
    return fmt::format("its header says {} of flash, and the table reaches to {}",
                       human_bytes(flash), human_bytes(end));
  }
  return "";
}

BootloaderPlace place_bootloader(Bytes file, const FlashReport& report,
                                 const std::vector<files::ImagePlace>& found) {
  BootloaderPlace place;
  if (report.chip != nullptr) place.expected = report.chip->bootloader_offset;
  const auto at_its_place = [&](const files::ImagePlace& p) { return p.offset == place.expected; };
  auto it = std::ranges::find_if(found, at_its_place);
  if (it == found.end()) it = found.begin();
  if (it == found.end()) return place;
  place.offset = it->offset;
  place.reading = dump::read_bootloader(file.subspan(it->offset - report.base));
  return place;
}

SlotReport report_slot(Bytes file, dump::DumpFlash& flash, const sim::Efuse& efuse,
                       const Partition& partition, const FlashReport& report) {
  flash.forget();
  SlotReport slot{.partition = partition, .image = sim::AppReader(flash, efuse).verify(partition)};
  slot.missing = flash.missed().has_value();
  const Bytes part = part_of(file, report.base, partition);
  slot.blank = part.size() >= 32 && is_erased(part.first(32));
  if (slot.image) slot.signatures = dump::signature_blocks(part, slot.image->length);
  const std::uint32_t slots = report.table.table.bootloader_ota_slots();
  if (is_ota(partition) && report.records && slots != 0) {
    slot.state = sim::state_of_slot(*report.records, partition.subtype - format::kAppOta0, slots);
  }
  return slot;
}

std::optional<dump::MemoryReading> memory_of(dump::DumpFlash& flash,
                                             const format::PartitionTable& table) {
  const Partition* const own = table.find(sim::kJournalPartition);
  if (own == nullptr || own->size < 2 * kFlashSector || own->size % kFlashSector != 0)
    return std::nullopt;
  std::vector<std::uint32_t> slot_bytes;
  slot_bytes.reserve(table.application_ota_slots());
  for (std::uint32_t i = 0; i < table.application_ota_slots(); ++i) {
    slot_bytes.push_back(table.ota_slot(i)->size);
  }
  FlashWindow window(flash, own->offset, own->size);
  return dump::read_memory(window, slot_bytes);
}

}  // namespace

const SlotReport* FlashReport::ends_with() const {
  for (const SlotReport& slot : slots) {
    if (complete() || !slot.image) continue;
    const std::uint64_t end = std::uint64_t{slot.partition.offset} + slot.image->length;
    if (file_end >= end && file_end < end + kFlashSector) return &slot;
  }
  return nullptr;
}

const SlotReport* FlashReport::broken_choice() const {
  if (!boot.selected) return nullptr;
  const int index = *boot.selected;
  const auto subtype =
      index < 0 ? format::kAppFactory : static_cast<std::uint8_t>(format::kAppOta0 + index);
  for (const SlotReport& slot : slots) {
    if (slot.partition.subtype == subtype && !slot.image && !slot.missing) return &slot;
  }
  return nullptr;
}

Bytes part_of(Bytes file, std::uint32_t base, const Partition& partition) {
  if (partition.offset < base || partition.offset - base >= file.size()) return {};
  return at_most(file.subspan(partition.offset - base), partition.size);
}

FlashReport report_flash(Bytes file, const files::TablePlace& place, const FlashFacts& facts) {
  FlashReport report{.base = place.base, .file_end = place.base + file.size(), .facts = facts};
  report.table_offset = place.offset;
  report.table = dump::read_table(file.subspan(place.offset - place.base));
  const std::uint64_t end =
      std::max<std::uint64_t>(files::end_of(report.table.table), kSmallestChip);
  report.needed = facts.is_virtual ? end : std::bit_ceil(end);
  const auto bootloaders = files::find_bootloaders(file, report.base);
  report.chip = facts.efuse.chip != nullptr ? facts.efuse.chip : chip_of(file, report, bootloaders);
  report.bootloader = place_bootloader(file, report, bootloaders);
  report.bootloader.fault = bootloader_fault(report);

  const std::uint64_t size = std::max(report.file_end, report.needed);
  dump::DumpFlash flash(
      file, report.base,
      static_cast<std::uint32_t>(std::min<std::uint64_t>(size, UINT32_MAX & ~4095u)));
  sim::Efuse efuse = efuse_for(facts, report.chip);
  report.boot =
      sim::Bootloader(flash, efuse,
                      {.build = facts.build, .table_offset = place.offset, .read_only = true})
          .boot();
  if (!report.boot.app) report.missed = flash.missed();
  if (report.missed && !report.boot.trace.empty()) {  // the model speaks of its own flash
    std::string& last = report.boot.trace.back();
    last = last.substr(0, last.find(':')) + ": not in this file";
  }
  const format::PartitionTable& table = report.table.table;
  flash.forget();
  if (const auto* otadata = table.find(PartitionType::data, format::kDataOta)) {
    sim::OtaData data;
    if (data.read(flash, *otadata)) report.records = data.records();
  }
  for (const Partition& partition : table.entries()) {
    if (partition.type != PartitionType::app) continue;
    report.slots.push_back(report_slot(file, flash, efuse, partition, report));
  }
  report.memory = memory_of(flash, table);
  return report;
}

std::optional<sim::BootBuild> find_build(std::string_view word) {
  for (const auto build :
       {sim::BootBuild::plain, sim::BootBuild::rollback, sim::BootBuild::anti_rollback}) {
    if (word == build_word(build)) return build;
  }
  return std::nullopt;
}

std::string_view build_word(sim::BootBuild build) {
  switch (build) {
    case sim::BootBuild::plain:
      return "plain";
    case sim::BootBuild::rollback:
      return "rollback";
    case sim::BootBuild::anti_rollback:
      return "anti-rollback";
  }
  return "";
}

}  // namespace updraft::cli
