// The words of a flash report.
#include <fmt/format.h>

#include "cli/image_report.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "host/layout/plan.hpp"
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

std::string record_text(const SlotReport& slot) {
  return slot.state ? ", its record says " + std::string(name(*slot.state)) : "";
}

std::string slot_text(const SlotReport& slot) {
  const std::string label = printable(slot.partition.label.view());
  if (slot.missing) return fmt::format("{:<9} not whole in this file{}", label, record_text(slot));
  if (slot.image) {
    return fmt::format("{:<9} {}, {} of {}{}", label, image_title(*slot.image),
                       human_bytes(slot.image->length), human_bytes(slot.partition.size),
                       record_text(slot));
  }
  if (slot.blank) return fmt::format("{:<9} empty{}", label, record_text(slot));
  return fmt::format("{:<9} does not boot: {}{}", label, explain(slot.image.error()),
                     record_text(slot));
}

void add_slots(const FlashReport& report, std::vector<std::string>& lines) {
  for (const SlotReport& slot : report.slots) {
    lines.push_back(item(&slot == report.slots.data() ? "slots" : "", slot_text(slot)));
    if (!slot.image) continue;
    const format::AppDescriptor& app = slot.image->app;
    if (slot.image->has_descriptor) {
      lines.push_back(
          item("", fmt::format("{:<9} built {} {}, ESP-IDF {}", "", printable(app.date.view()),
                               printable(app.time.view()), printable(app.idf_ver.view()))));
    }
    for (const dump::SignatureBlock& block : slot.signatures)
      lines.push_back(item("", signature_text(block)));
  }
}

std::string bootloader_header(const dump::BootloaderReading& read) {
  const std::uint32_t flash = dump::flash_bytes(read.header.speed_size);
  std::string text = fmt::format("{}, flash {} at {}, {}", format::chip_name(read.header.chip_id),
                                 dump::flash_mode(read.header.spi_mode),
                                 dump::flash_speed(read.chip, read.header.speed_size),
                                 flash != 0 ? human_bytes(flash) : "unknown size");
  if (!read.idf_version.empty()) text += ", ESP-IDF " + printable(read.idf_version);
  if (!read.built.empty()) text += ", built " + printable(read.built);
  return text;
}

void add_bootloader(const FlashReport& report, std::vector<std::string>& lines) {
  const BootloaderPlace& at = report.bootloader;
  if (report.facts.is_virtual && !at.offset) {
    lines.push_back(item("bootloader", "none: a virtual device has its own"));
    return;
  }
  if (at.offset) {
    lines.push_back(item("bootloader",
                         fmt::format("at {:#x}, {}", *at.offset, bootloader_header(*at.reading))));
    const auto& hash = at.reading->hash_right;
    lines.push_back(
        item("", fmt::format("checksum {}{}", at.reading->checksum_right ? "right" : "wrong",
                             !hash   ? ", no SHA-256"
                             : *hash ? ", SHA-256 right"
                                     : ", SHA-256 wrong (tools that set the flash's mode do "
                                       "that; the chip does not look)")));
  } else if (at.fault.empty()) {
    lines.push_back(item("bootloader", "not in this file"));
  }
  if (!at.fault.empty()) lines.push_back(item(at.offset ? "INVALID" : "bootloader", at.fault));
}

void add_boot(const FlashReport& report, std::vector<std::string>& lines) {
  const std::string rules = fmt::format("(bootloader: {}, {})", build_word(report.facts.build),
                                        report.facts.build_known ? "as told" : "assumed");
  if (!report.bootloader.fault.empty()) {
    lines.push_back(item("boots", "nothing: the bootloader does not start"));
  } else if (report.boot.app) {
    const sim::BootedApp& app = *report.boot.app;
    lines.push_back(item("boots", fmt::format("{}: {} {}", printable(app.partition.label.view()),
                                              image_title(app.image), rules)));
  } else if (report.missed) {
    lines.push_back(
        item("boots", fmt::format("not to be told: it hangs on what is at {:#x}, and the file "
                                  "ends at {:#x}",
                                  *report.missed, report.file_end)));
  } else {
    lines.push_back(
        item("boots", fmt::format("nothing: {} {}", explain(report.boot.app.error()), rules)));
  }
  for (std::size_t i = 0; i < report.boot.trace.size(); ++i) {
    lines.push_back(item(i == 0 ? "because" : "", report.boot.trace[i]));
  }
}

std::string flash_line(const FlashReport& report) {
  std::string text = human_bytes(report.file_end - report.base);
  if (report.base != 0) text += fmt::format(", from {:#x} on", report.base);
  if (report.chip != nullptr) text += ", " + std::string(report.chip->name);
  return text;
}

}  // namespace

std::string broken_choice_text(const SlotReport& slot) {
  return fmt::format("{}, which otadata asks for, does not boot: {}",
                     printable(slot.partition.label.view()),
                     slot.blank ? "it is empty" : explain(slot.image.error()));
}

std::string signature_text(const dump::SignatureBlock& block) {
  const char* const right = !block.verifies   ? ", not verified here"
                            : *block.verifies ? ", the signature is right"
                                              : ", the signature is WRONG";
  return fmt::format("signed by {}, key digest {}{}{}{}", block.scheme, hex(block.key_digest),
                     right, block.crc_right ? "" : ", the block's CRC is wrong",
                     block.digest_right ? "" : ", it signs another image");
}

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
  std::vector<std::string> lines{item("flash", flash_line(report))};
  const format::PartitionTable& table = report.table.table;
  if (const SlotReport* const last = report.ends_with()) {
    lines.push_back(item(
        "", fmt::format("a file for installation by cable, to be written at {:#x}: it ends with {}",
                        report.base, printable(last->partition.label.view()))));
  } else if (!report.complete()) {
    lines.push_back(item("INCOMPLETE",
                         fmt::format("the file ends at {}, the table needs {}: read the whole chip",
                                     human_bytes(report.file_end), human_bytes(report.needed))));
  }
  add_bootloader(report, lines);
  lines.push_back(item("table", fmt::format("at {:#x}, {} partitions, {}", report.table_offset,
                                            table.entries().size(),
                                            !report.table.has_md5         ? "no MD5"
                                            : report.table.faults.empty() ? "MD5 right"
                                                                          : "with MD5")));
  for (const std::string& fault : report.table.faults) lines.push_back(item("INVALID", fault));
  const auto add = [&](const std::vector<std::string>& more) {
    lines.insert(lines.end(), more.begin(), more.end());
  };
  add(table_lines(table));
  lines.push_back(item("layout", std::string(layout::layout_name(table))));
  for (const std::string& doubt : dump::doubts_about(table))
    lines.push_back(item("warning", doubt));
  if (report.records) add(record_lines(*report.records, table.bootloader_ota_slots()));
  add_slots(report, lines);
  add_boot(report, lines);
  const SlotReport* const broken = report.boots() ? report.broken_choice() : nullptr;
  if (broken != nullptr) lines.push_back(item("INVALID", broken_choice_text(*broken)));
  return lines;
}

}  // namespace updraft::cli
