// Finds the parts of a flash in a file: where in flash the file begins, and where its partition
// table stands. A file may begin at 0 or, as some tools cut them, at the place of the bootloader;
// it may end anywhere. Tables are looked for at every 4 KiB up to 0x20000.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "updraft/bytes.hpp"

#include "engine/format/chip.hpp"
#include "engine/format/partition_table.hpp"

namespace updraft::files {

inline constexpr std::uint32_t kLastTableOffset = 0x20000;

struct TablePlace {
  std::uint32_t base = 0;    // the flash offset at which the file begins
  std::uint32_t offset = 0;  // of the table in flash
  bool sound = false;        // it parses, whatever the size of the flash
};

// Nothing where no table begins. `offset`: where it is, if somebody knows.
std::optional<TablePlace> find_table(Bytes file, std::optional<std::uint32_t> offset = {});

// An image that begins in the file, as far as its header goes.
struct ImagePlace {
  std::uint32_t offset = 0;  // in flash
  const format::Chip* chip = nullptr;
};

// Bootloaders at the three places where chips look for one, in this order; at most one a place.
std::vector<ImagePlace> find_bootloaders(Bytes file, std::uint32_t base);

// True for an image that is no app, by its head: what the device's gate refuses as a bootloader.
bool is_bootloader(Bytes image);

// Where the last partition ends.
std::uint64_t end_of(const format::PartitionTable& table);

}  // namespace updraft::files
