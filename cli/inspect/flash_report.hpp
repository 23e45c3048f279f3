// Describes a whole flash: its table, both otadata records, every slot, which app would boot, and
// why. The decision is the bootloader's own (sim/bootloader.hpp), read-only.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "sim/bootloader.hpp"

namespace updraft::cli {

struct SlotReport {
  format::Partition partition;
  std::optional<format::OtaState> state;  // of its otadata record; none: it has no record
  Result<format::ImageInfo> image;
  bool blank = false;  // nothing but FF where an image would begin
};

struct FlashReport {
  std::uint32_t size = 0;
  format::ParsedPartitionTable table;
  std::optional<format::OtaRecords> records;
  std::vector<SlotReport> slots;
  sim::BootReport boot;
  sim::BootBuild build{};
};

// `flash` holds a sound partition table at 0x8000; it is copied. `efuse` as far as it is known.
FlashReport report_flash(Bytes flash, const sim::Efuse& efuse, sim::BootBuild build);

boost::json::object to_json(const FlashReport& report);
std::vector<std::string> to_lines(const FlashReport& report);

// Also for a table or otadata on their own.
std::vector<std::string> table_lines(const format::PartitionTable& table);
boost::json::array table_json(const format::PartitionTable& table);
std::vector<std::string> record_lines(const format::OtaRecords& records, std::uint32_t slots);
boost::json::array records_json(const format::OtaRecords& records, std::uint32_t slots);

// "plain", "rollback", "anti-rollback", as --bootloader takes them; nullopt: no such word.
std::optional<sim::BootBuild> find_build(std::string_view word);
std::string_view build_word(sim::BootBuild build);

}  // namespace updraft::cli
