// updraft flash: parts of a dump, other dumps from it, and one file from parts.
#include "cli/flash/flash.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/dump/table.hpp"

namespace updraft::cli {

const format::Partition& Dump::partition(const std::string& label) const {
  const format::Partition* const found = table.find(label);
  if (found != nullptr) return *found;
  std::string labels;
  for (const format::Partition& entry : table.entries()) {
    labels += (labels.empty() ? "" : ", ") + printable(entry.label.view());
  }
  throw Stop(kRefused,
             fmt::format("there is no partition {}; there are {}", printable(label), labels));
}

const format::Partition& Dump::otadata() const {
  const format::Partition* const found = table.find(format::PartitionType::data, format::kDataOta);
  if (found == nullptr)
    throw Stop(kRefused, "this table has no otadata, so there is no choice to change");
  return *found;
}

Bytes Dump::content(const format::Partition& partition) const {
  const std::uint64_t at = std::uint64_t{partition.offset} - place.base;
  if (partition.offset < place.base || at + partition.size > bytes.size()) {
    throw Stop(kRefused, fmt::format("{} is not whole in this file, which ends at {:#x}",
                                     dump::place_text(partition), place.base + bytes.size()));
  }
  return Bytes(bytes).subspan(static_cast<std::size_t>(at), partition.size);
}

Bytes Dump::content_there(const format::Partition& partition) const {
  if (partition.offset < place.base || partition.offset - place.base >= bytes.size()) return {};
  return at_most(Bytes(bytes).subspan(partition.offset - place.base), partition.size);
}

void add_dump_options(CLI::App& command, DumpOptions& options, const std::string& out) {
  command.add_option("DUMP", options.file, "the content of a flash; - for standard input")
      ->required();
  command.add_option("-o,--output", options.out, out)->type_name("FILE")->required();
  command.add_option("--table-offset", options.table_offset,
                     "where the partition table stands, if not where one is found (0x9000)");
}

Dump read_dump(const DumpOptions& options) {
  Dump dump{read_file(options.file), {}, {}};
  const auto place = files::find_table(dump.bytes, options.table_offset);
  if (!place)
    throw Stop(kRefused,
               options.file + " holds no partition table; updraft inspect says what it is");
  dump.place = *place;
  dump.table = dump::read_table(Bytes(dump.bytes).subspan(place->offset - place->base)).table;
  return dump;
}

void write_other(const DumpOptions& options, Bytes bytes) {
  std::error_code none;
  if (std::filesystem::equivalent(options.file, options.out, none)) {
    throw Stop(kUsage, "-o is the file that was read; a dump is never changed in place");
  }
  write_file(options.out, bytes);
}

void add_flash(CLI::App& app, int& status) {
  CLI::App* flash = app.add_subcommand(
      "flash",
      "Take a flash dump apart, change a copy of it, put one together; plan another table.");
  flash->require_subcommand(1);
  add_flash_extract(*flash);
  add_flash_select(*flash);
  add_flash_erase_otadata(*flash);
  add_flash_table(*flash);
  add_flash_merge(*flash);
  add_flash_plan(*flash, status);
}

}  // namespace updraft::cli
