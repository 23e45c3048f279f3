// Reads a partition table for people: every entry that can be read, what is wrong and where, and
// what will go wrong with a table that is right. The device's own reading is
// format::parse_partition_table(); this one goes on where that one stops.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/partition_csv.hpp"

namespace updraft::dump {

// A text with more wrong lines is something else.
inline constexpr std::size_t kMaxTableFaults = 20;

struct TableReading {
  format::PartitionTable table;
  bool has_md5 = false;
  std::vector<std::string> faults;  // none: the device, or ESP-IDF's generator, takes it
};

// `flash_size` 0: any.
TableReading read_table(Bytes bytes, std::uint32_t flash_size = 0);
TableReading read_table_text(std::string_view csv, const format::CsvOptions& options = {});

// What a line of a table breaks, with its words and addresses.
std::string csv_fault(std::string_view csv, const format::CsvError& error);

// What a device does not refuse and a person wants to know: overlaps, apps that no chip can map,
// slots that no update can go to.
std::vector<std::string> doubts_about(const format::PartitionTable& table);

// "app0 (0x10000 to 0x150000)"
std::string place_text(const format::Partition& partition);

}  // namespace updraft::dump
