#include "host/layout/rules.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "updraft/flash.hpp"

#include "engine/format/image.hpp"
#include "engine/format/otadata.hpp"
#include "host/dump/table.hpp"
#include "sim/flash_timing.hpp"

namespace updraft::layout {

using format::Partition;
using format::PartitionTable;
using format::PartitionType;

namespace {

constexpr std::string_view kPart = "w25q32jv";  // as spec/beyond-app.md reckons
constexpr std::uint8_t kLittleFs = 0x83, kSpiffs = 0x82;

Microseconds as_micro(sim::Nanos time) { return std::chrono::duration_cast<Microseconds>(time); }

const sim::FlashTiming& part_times(bool worst) {
  return *sim::find_flash_timing(std::string(kPart) + (worst ? "-max" : ""));
}

void add_time(Step& step, std::uint32_t sectors, std::uint32_t blocks) {
  for (const bool worst : {false, true}) {
    const sim::FlashTiming& times = part_times(worst);
    const sim::Nanos all = times.erase_sector * sectors + times.erase_block * blocks +
                           times.page_program * step.programs;
    (worst ? step.worst : step.typical) = as_micro(all);
  }
}

std::string entry_fault(const Partition& p, std::uint32_t table_offset) {
  const bool app = p.type == PartitionType::app;
  const std::uint32_t unit = app ? format::kDefaultMmuPage : kFlashSector;
  if (p.size == 0) return fmt::format("{} is empty", dump::place_text(p));
  if (p.offset % unit != 0) {
    return fmt::format("{} does not begin at a multiple of {} KiB", dump::place_text(p),
                       unit / 1024);
  }
  const bool own = p.type == PartitionType::bootloader || p.type == PartitionType::partition_table;
  if (!own && p.offset < table_offset + format::kPartitionTableSector) {
    return fmt::format("{} lies over the table or the bootloader", dump::place_text(p));
  }
  const bool otadata = p.type == PartitionType::data && p.subtype == format::kDataOta;
  if (otadata && p.size != format::kOtaDataBytes) return "otadata has not 8 KiB";
  return "";
}

std::string overlap_fault(const PartitionTable& table) {
  const auto entries = table.entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (std::size_t k = i + 1; k < entries.size(); ++k) {
      if (range_of(entries[i]).overlaps(range_of(entries[k]))) {
        return fmt::format("{} and {} overlap", dump::place_text(entries[i]),
                           dump::place_text(entries[k]));
      }
      if (entries[i].label == entries[k].label) {
        return fmt::format("the name \"{}\" is used twice", entries[i].label.view());
      }
    }
  }
  return "";
}

// Of two of these the bootloader takes the last and an app the first.
std::string twice_fault(const PartitionTable& table) {
  struct Once {
    PartitionType type;
    std::uint8_t subtype;
    const char* fault;
  };
  constexpr Once kOnce[] = {{PartitionType::data, format::kDataOta, "there are two otadata"},
                            {PartitionType::app, format::kAppFactory, "there are two factory apps"},
                            {PartitionType::app, format::kAppTest, "there are two test apps"}};
  for (const Once& once : kOnce) {
    const auto same = [&once](const Partition& p) {
      return p.type == once.type && p.subtype == once.subtype;
    };
    if (std::ranges::count_if(table.entries(), same) > 1) return once.fault;
  }
  return "";
}

}  // namespace

std::uint64_t end_of(const PartitionTable& table) {
  std::uint64_t end = 0;
  for (const Partition& p : table.entries()) end = std::max(end, range_of(p).end());
  return end;
}

bool is_slot(const Partition& p) {
  return p.type == PartitionType::app && p.subtype >= format::kAppOta0 &&
         p.subtype < format::kAppOta0 + format::kMaxOtaSlots;
}
int slot_index(const Partition& p) { return is_slot(p) ? p.subtype - format::kAppOta0 : kFactory; }
bool is_data(const Partition& p) {
  const bool otadata = p.type == PartitionType::data && p.subtype == format::kDataOta;
  return !otadata && p.type != PartitionType::app && p.type != PartitionType::bootloader &&
         p.type != PartitionType::partition_table;
}
bool is_nvs(const Partition& p) {
  return p.type == PartitionType::data && p.subtype == format::kDataNvs;
}
bool holds_settings(const Partition& p) {
  if (p.type != PartitionType::data) return false;
  switch (p.subtype) {
    case format::kDataNvs:
    case format::kDataNvsKeys:
      return true;
    default:
      return false;
  }
}
bool is_littlefs(const Partition& p) {  // many of them stand under the name of SPIFFS
  return p.type == PartitionType::data && (p.subtype == kLittleFs || p.subtype == kSpiffs);
}

const Partition* running_in(const PartitionTable& table, int index) {
  return index < 0 ? table.find(PartitionType::app, format::kAppFactory)
                   : table.ota_slot(static_cast<std::uint32_t>(index));
}

const Partition* app_at(const PartitionTable& table, std::uint32_t offset, std::uint32_t bytes) {
  for (const Partition& p : table.entries()) {
    const bool app =
        is_slot(p) || (p.type == PartitionType::app && p.subtype == format::kAppFactory);
    if (app && p.offset == offset && p.size >= bytes) return &p;
  }
  return nullptr;
}

const Partition* taken_by(const PartitionTable& table, const Range& range, const Range& x,
                          const std::vector<std::string>& lose) {
  for (const Partition& p : table.entries()) {
    const bool runs = p.type == PartitionType::app && p.offset == x.offset;
    if (is_slot(p) && !runs) continue;  // what does not run is written over
    if (is_data(p) && std::ranges::find(lose, p.label.view()) != lose.end()) continue;
    const Range taken = runs ? x : range_of(p);
    if (range.overlaps(taken)) return &p;
  }
  return nullptr;
}

std::string doubled_fault(const PartitionTable& table) {
  std::string fault = overlap_fault(table);
  return fault.empty() ? twice_fault(table) : fault;
}

std::string table_fault(const PartitionTable& table, std::uint32_t table_offset) {
  for (const Partition& p : table.entries()) {
    if (std::string fault = entry_fault(p, table_offset); !fault.empty()) return fault;
  }
  if (std::string fault = doubled_fault(table); !fault.empty()) return fault;
  const std::uint32_t slots = table.bootloader_ota_slots();
  if (slots != table.application_ota_slots()) return "the slots are not ota_0, ota_1 and so on";
  const bool test = table.find(PartitionType::app, format::kAppTest) != nullptr;
  if (test && slots == format::kMaxOtaSlots) return "16 slots beside a test app are one too many";
  const bool factory = table.find(PartitionType::app, format::kAppFactory) != nullptr;
  return slots == 0 && !factory ? "there is no app in it" : "";
}

// A common solution of two remainders exists where they agree modulo the greatest common divisor.
bool has_number(int index, std::uint32_t slots, int then, std::uint32_t slots_then) {
  if (slots == 0 || slots_then == 0) return slots_then == 0;
  const auto divisor = static_cast<int>(std::gcd(slots, slots_then));
  return index % divisor == then % divisor;
}

std::uint32_t usual_image(std::uint32_t slot_bytes) {
  const std::uint64_t bytes = std::uint64_t{slot_bytes} * 85 / 100;
  return static_cast<std::uint32_t>(bytes / kFlashSector * kFlashSector);
}

std::uint32_t table_pages(const PartitionTable& table) {
  const std::size_t bytes = (table.entries().size() + 1) * format::kPartitionEntryBytes;
  return static_cast<std::uint32_t>(align_up(bytes, kFlashPage) / kFlashPage);
}

Step timed(const char* what, std::string label, std::uint32_t erases, std::uint32_t programs) {
  Step step{.what = what, .label = std::move(label), .erases = erases, .programs = programs};
  add_time(step, erases, 0);
  return step;
}

Step copied(const char* what, std::string label, std::uint32_t bytes) {
  const std::uint32_t blocks = bytes / kFlashBlock;
  const auto sectors =
      static_cast<std::uint32_t>(align_up(bytes % kFlashBlock, kFlashSector) / kFlashSector);
  Step step{.what = what,
            .label = std::move(label),
            .erases = blocks + sectors,
            .programs = static_cast<std::uint32_t>(align_up(bytes, kFlashPage) / kFlashPage)};
  add_time(step, sectors, blocks);
  return step;
}

}  // namespace updraft::layout
