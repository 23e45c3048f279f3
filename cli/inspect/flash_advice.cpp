// What a person can do about a flash, in the order of least harm; and the whole finding.
#include <algorithm>

#include <fmt/format.h>

#include "cli/inspect/flash_report.hpp"
#include "cli/inspect/part_finding.hpp"
#include "cli/words/text.hpp"
#include "host/files/file_system.hpp"

namespace updraft::cli {
namespace {

using format::Partition;
using format::PartitionType;

std::string label_of(const Partition& partition) { return printable(partition.label.view()); }

// An otadata that is blank makes this slot boot: the factory app, or else the first one.
const SlotReport* first_choice(const FlashReport& report) {
  const SlotReport* first = nullptr;
  for (const SlotReport& slot : report.slots) {
    if (slot.partition.subtype == format::kAppFactory) return &slot;
    if (slot.partition.subtype == format::kAppOta0) first = &slot;
  }
  return first;
}

void advise_bootloader(const FlashReport& report, std::vector<std::string>& advice) {
  if (report.bootloader.fault.empty()) return;
  advice.push_back(fmt::format("cable: write the bootloader of {} at {:#x}", report.chip->name,
                               *report.bootloader.expected));
}

void advise_choice(const FlashReport& report, std::vector<std::string>& advice) {
  const SlotReport* const broken = report.broken_choice();
  if (broken == nullptr) return;
  const SlotReport* const first = first_choice(report);
  if (first != nullptr && first != broken && first->image) {
    advice.push_back(
        fmt::format("{} boots again after erase-otadata: updraft flash erase-otadata DUMP -o NEW",
                    label_of(first->partition)));
  }
  advice.push_back(fmt::format("cable: write an app to {} again, at {:#x}",
                               label_of(broken->partition), broken->partition.offset));
}

void advise_update(const FlashReport& report, std::vector<std::string>& advice) {
  if (!report.boots() || !report.memory) return;
  for (const dump::RememberedImage& image : report.memory->images) {
    if (!image.refused) continue;
    advice.push_back(
        fmt::format("send another release: this device rolled {} back (--retry lets it in)",
                    digest_prefix(image.digest)));
  }
  for (const dump::SlotMemory& slot : report.memory->slots) {
    if (slot.state != "interrupted" || slot.good_to == 0) continue;
    advice.push_back(
        fmt::format("send the same update again: it goes on after {}", human_bytes(slot.good_to)));
  }
}

void add_part(Finding& finding, boost::json::array& parts, const Partition& partition,
              Finding part) {
  part.json["partition"] = label_of(partition);
  parts.push_back(std::move(part.json));
  finding.add(std::move(part.lines));
}

// File systems by their signs; what has none is blank or something else.
void add_content(Finding& finding, boost::json::array& parts, const Partition& partition,
                 Bytes part) {
  const bool blank = part.empty() || is_erased(at_most(part, 4096));
  const auto kind = files::file_system_of(part);
  if (!kind && !blank) return;
  finding.add("", fmt::format("{}: {}", label_of(partition),
                              kind ? std::string(files::row(*kind).title) : "blank at its start"));
  parts.push_back(boost::json::object{{"kind", kind ? files::row(*kind).word : "blank"},
                                      {"partition", label_of(partition)}});
}

}  // namespace

std::vector<std::string> advice_for(const FlashReport& report) {
  std::vector<std::string> advice;
  if (const SlotReport* const last = report.ends_with()) {
    advice.push_back(
        fmt::format("over the air send the app alone: updraft flash extract FILE {} -o app.bin",
                    label_of(last->partition)));
  } else if (!report.complete()) {
    advice.emplace_back("read the whole chip: esptool read-flash 0 ALL dump.bin");
  }
  advise_update(report, advice);
  advise_choice(report, advice);
  if (!report.table.faults.empty()) {
    advice.push_back(
        fmt::format("cable: write the partition table again, at {:#x}", report.table_offset));
  }
  advise_bootloader(report, advice);
  if (!report.boots() && advice.empty() && !report.missed) {
    advice.emplace_back("cable: install the device anew");
  }
  return advice;
}

Finding describe(const FlashReport& report, Bytes file) {
  Finding finding{report.sound(), to_json(report), to_lines(report), advice_for(report)};
  boost::json::array parts;
  for (const Partition& partition : report.table.table.entries()) {
    const Bytes part = part_of(file, report.base, partition);
    if (partition.type != PartitionType::data || part.empty()) continue;
    if (partition.subtype == format::kDataNvs) {
      add_part(finding, parts, partition, describe_nvs(part));
    } else if (partition.subtype == format::kDataCoredump) {
      add_part(finding, parts, partition, describe_core_dump(part));
    } else if (partition.subtype >= 0x80) {
      add_content(finding, parts, partition, part);
    }
  }
  if (report.memory) {
    Finding memory = describe_memory(*report.memory);
    parts.push_back(std::move(memory.json));
    finding.add(std::move(memory.lines));
  }
  finding.json["parts"] = std::move(parts);
  return finding;
}

}  // namespace updraft::cli
