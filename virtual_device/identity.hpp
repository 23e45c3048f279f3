// What a virtual chip is, apart from its flash: eFuses, and how its bootloader was built. Kept as
// DIR/device.json, so that a person can read and change it.
#pragma once
#include <filesystem>
#include <stdexcept>
#include <string>

#include "engine/format/partition_table.hpp"
#include "sim/efuse.hpp"

namespace updraft::device {

// The input was judged and cannot be used, however often it is tried: the sentence says why.
class Unusable : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct Identity {
  std::string id;  // 12 hex digits, as a base MAC has; others tell devices apart by it
  sim::Efuse efuse;
  std::string bootloader = "rollback";                         // plain, rollback, anti-rollback
  std::uint32_t table_offset = format::kPartitionTableOffset;  // where it looks for the table
};

// Throws Unusable.
Identity load_identity(const std::filesystem::path& file);

// A new id.
std::string make_id();

// As it stands in the file.
std::string text_of(const Identity& identity);

}  // namespace updraft::device
