// The words of a flash report.
#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "sim/boot_trace.hpp"

namespace updraft::cli {
namespace {

std::string item(std::string_view word, const std::string& text) {
  return fmt::format("{:<10} {}", word, text);
}

std::string type_name(const format::Partition& partition) {
  const auto type = static_cast<unsigned>(partition.type);
  const std::string_view type_word = format::type_word(partition.type);
  const std::string_view subtype_word = format::subtype_word(partition.type, partition.subtype);
  return fmt::format(
      "{}/{}", type_word.empty() ? fmt::format("{:#04x}", type) : type_word,
      subtype_word.empty() ? fmt::format("{:#04x}", partition.subtype) : std::string(subtype_word));
}

std::string slot_state(const SlotReport& slot) {
  return slot.state ? ", " + std::string(name(*slot.state)) : "";
}

std::string slot_text(const SlotReport& slot) {
  const std::string label = printable(slot.partition.label.view());
  if (slot.image) {
    return fmt::format("{:<9} {}, {} of {}{}", label, image_title(*slot.image),
                       human_bytes(slot.image->length), human_bytes(slot.partition.size),
                       slot_state(slot));
  }
  if (slot.blank) return fmt::format("{:<9} empty{}", label, slot_state(slot));
  return fmt::format("{:<9} no bootable image: {}{}", label, explain(slot.image.error()),
                     slot_state(slot));
}

std::string_view chip_of(const FlashReport& report) {
  for (const SlotReport& slot : report.slots) {
    if (slot.image) return format::chip_name(slot.image->header.chip_id);
  }
  return "";
}

}  // namespace

std::vector<std::string> table_lines(const format::PartitionTable& table) {
  std::vector<std::string> lines;
  for (const format::Partition& partition : table.entries()) {
    std::string flags;
    if (partition.encrypted()) flags += "  encrypted";
    if (partition.readonly()) flags += "  readonly";
    lines.push_back(item("", fmt::format("{:#010x}  {:>9}  {:<16} {}{}", partition.offset,
                                         human_bytes(partition.size), type_name(partition),
                                         printable(partition.label.view()), flags)));
  }
  return lines;
}

std::vector<std::string> record_lines(const format::OtaRecords& records, std::uint32_t slots) {
  std::vector<std::string> lines;
  lines.reserve(records.size());
  for (std::size_t i = 0; i < records.size(); ++i) {
    lines.push_back(item(i == 0 ? "otadata" : "", sim::describe_record(i, records[i], slots)));
  }
  return lines;
}

std::vector<std::string> to_lines(const FlashReport& report) {
  std::vector<std::string> lines;
  const std::string_view chip = chip_of(report);
  lines.push_back(
      item("flash", human_bytes(report.size) + (chip.empty() ? "" : ", " + std::string(chip))));
  lines.push_back(
      item("table", fmt::format("at {:#x}, {} partitions, {}", format::kPartitionTableOffset,
                                report.table.table.entries().size(),
                                report.table.has_md5 ? "MD5 right" : "no MD5")));
  const auto add = [&](const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  add(table_lines(report.table.table));
  if (report.records) add(record_lines(*report.records, report.table.table.bootloader_ota_slots()));
  for (const SlotReport& slot : report.slots) {
    lines.push_back(item(&slot == report.slots.data() ? "slots" : "", slot_text(slot)));
  }
  const std::string rules = fmt::format("(bootloader: {})", build_word(report.build));
  if (report.boot.app) {
    const sim::BootedApp& app = *report.boot.app;
    lines.push_back(item("boots", fmt::format("{}: {} {}", printable(app.partition.label.view()),
                                              image_title(app.image), rules)));
  } else {
    lines.push_back(
        item("boots", fmt::format("nothing: {} {}", explain(report.boot.app.error()), rules)));
  }
  for (std::size_t i = 0; i < report.boot.trace.size(); ++i) {
    lines.push_back(item(i == 0 ? "because" : "", report.boot.trace[i]));
  }
  return lines;
}

}  // namespace updraft::cli
