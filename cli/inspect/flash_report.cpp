#include "cli/inspect/flash_report.hpp"

#include "sim/nor_flash.hpp"

namespace updraft::cli {
namespace {

bool is_blank(Flash& flash) {
  std::array<std::byte, 32> head{};
  return flash.read(0, head) && is_erased(head);
}

SlotReport report_slot(Flash& flash, const sim::Efuse& efuse, const format::Partition& partition,
                       const std::optional<format::OtaRecords>& records, std::uint32_t slots) {
  SlotReport report{.partition = partition,
                    .image = sim::AppReader(flash, efuse).verify(partition)};
  FlashWindow window(flash, partition.offset, partition.size);
  report.blank = is_blank(window);
  const bool is_ota = partition.subtype >= format::kAppOta0 && partition.subtype < 0x20;
  if (is_ota && records && slots != 0) {
    report.state = sim::state_of_slot(*records, partition.subtype - format::kAppOta0, slots);
  }
  return report;
}

}  // namespace

FlashReport report_flash(Bytes flash, const sim::Efuse& efuse, sim::BootBuild build) {
  FlashReport report;
  report.size = static_cast<std::uint32_t>(flash.size());
  report.build = build;
  const auto parsed =
      format::parse_partition_table(flash.subspan(format::kPartitionTableOffset), report.size);
  if (parsed) report.table = *parsed;

  std::vector<std::byte> cells(flash.begin(), flash.end());
  cells.resize(align_up(cells.size(), kFlashSector), std::byte{0xFF});
  sim::VirtualClock clock;
  sim::NorFlash chip(cells, clock);
  sim::Efuse fuses = efuse;
  report.boot = sim::Bootloader(chip, fuses, {.build = build, .read_only = true}).boot();

  const format::PartitionTable& table = report.table.table;
  if (const auto* otadata = table.find(format::PartitionType::data, format::kDataOta)) {
    sim::OtaData data;
    if (data.read(chip, *otadata)) report.records = data.records();
  }
  for (const format::Partition& partition : table.entries()) {
    if (partition.type != format::PartitionType::app) continue;
    report.slots.push_back(
        report_slot(chip, fuses, partition, report.records, table.bootloader_ota_slots()));
  }
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
