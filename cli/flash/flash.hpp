// What the subcommands of `updraft flash` share. They read a file and write another; they never
// change the one that they read.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/bytes.hpp"

#include "engine/format/partition_table.hpp"
#include "host/files/flash_map.hpp"

namespace updraft::cli {

struct DumpOptions {
  std::string file, out;
  std::optional<std::uint32_t> table_offset;
};

// A dump in memory, and its partition table.
struct Dump {
  std::vector<std::byte> bytes;
  files::TablePlace place;
  format::PartitionTable table;

  // Throws Stop: there is no such partition, or it is not whole in the file.
  const format::Partition& partition(const std::string& label) const;
  const format::Partition& otadata() const;
  Bytes content(const format::Partition& partition) const;
  Bytes content_there(const format::Partition& partition) const;  // as far as the file goes
};

void add_dump_options(CLI::App& command, DumpOptions& options, const std::string& out);
Dump read_dump(const DumpOptions& options);  // throws Stop where there is no table
// Throws Stop where `out` is the file that was read.
void write_other(const DumpOptions& options, Bytes bytes);

void add_flash_extract(CLI::App& flash);
void add_flash_select(CLI::App& flash);
void add_flash_erase_otadata(CLI::App& flash);
void add_flash_table(CLI::App& flash);
void add_flash_merge(CLI::App& flash);
void add_flash_plan(CLI::App& flash, int& status);

}  // namespace updraft::cli
