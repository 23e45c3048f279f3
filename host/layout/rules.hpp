// Small questions about partition tables and ranges of flash, and what flash operations take; of
// which the rules of plan.cpp are made.
#pragma once
#include <string>

#include "host/layout/plan.hpp"

namespace updraft::layout {

struct Range {
  std::uint32_t offset = 0, bytes = 0;
  std::uint64_t end() const { return std::uint64_t{offset} + bytes; }
  bool overlaps(const Range& other) const { return offset < other.end() && other.offset < end(); }
};

inline Range range_of(const format::Partition& p) { return {p.offset, p.size}; }
std::uint64_t end_of(const format::PartitionTable& table);

bool is_slot(const format::Partition& p);    // ota_0 .. ota_15
int slot_index(const format::Partition& p);  // kFactory: no slot
bool is_data(const format::Partition& p);    // but otadata
bool is_nvs(const format::Partition& p);
bool holds_settings(const format::Partition& p);  // NVS, or what it is encrypted with
bool is_littlefs(const format::Partition& p);

// The app partition that a device with this index runs from; nullptr: there is none.
const format::Partition* running_in(const format::PartitionTable& table, int index);
// The app partition that begins there and holds so many bytes.
const format::Partition* app_at(const format::PartitionTable& table, std::uint32_t offset,
                                std::uint32_t bytes);
// What of a table is in a range: data, or an app. The tail of the running slot behind `x` is free,
// and so are an app slot that does not run and what may be lost.
const format::Partition* taken_by(const format::PartitionTable& table, const Range& range,
                                  const Range& x, const std::vector<std::string>& lose);

// What a device with this table would read in two ways: ranges that overlap, a name or an app that
// there is twice; empty: nothing.
std::string doubled_fault(const format::PartitionTable& table);
// What is wrong with a table for a device in the field; empty: nothing.
std::string table_fault(const format::PartitionTable& table, std::uint32_t table_offset);

// Whether a number of otadata stands for `index` of `slots` and for `then` of `slots_then`.
bool has_number(int index, std::uint32_t slots, int then, std::uint32_t slots_then);

// 85 % of a slot, whole sectors: an image of the usual size.
std::uint32_t usual_image(std::uint32_t slot_bytes);

std::uint32_t table_pages(const format::PartitionTable& table);  // that hold entries, with the MD5
// Times of a usual part, by its data sheet.
Step timed(const char* what, std::string label, std::uint32_t erases, std::uint32_t programs);
Step copied(const char* what, std::string label, std::uint32_t bytes);

}  // namespace updraft::layout
