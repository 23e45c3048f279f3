// updraft flash extract | table
#include <filesystem>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/flash/flash.hpp"
#include "cli/words/files.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/format/partition_csv.hpp"
#include "engine/format/verify.hpp"
#include "host/dump/core_dump.hpp"
#include "host/files/trim.hpp"

namespace updraft::cli {
namespace {

struct ExtractOptions {
  DumpOptions dump;
  std::string partition;
  bool whole = false;
};

// An app without what is after it, a core dump as the ELF file that debuggers read.
Bytes useful_part(const format::Partition& partition, Bytes content) {
  if (partition.type == format::PartitionType::app) return files::without_padding(content);
  if (partition.type != format::PartitionType::data || partition.subtype != format::kDataCoredump)
    return content;
  const dump::CoreDump core = dump::read_core_dump(content);
  return core.elf.empty() ? content : core.elf;
}

std::string table_text(const Dump& dump) {
  std::vector<char> text(format::kCsvTextBytes);
  const Result<std::size_t> size = format::write_partition_csv(dump.table.entries(), text);
  if (!size) {
    throw Stop(kRefused, fmt::format("the name of partition {} cannot be written as text",
                                     size.error().found));
  }
  return {text.data(), *size};
}

// A name from a flash is no path.
std::string file_name(const format::Partition& partition) {
  std::string name;
  for (const char c : printable(partition.label.view()))
    name += c == '/' || c == '\\' || c == '.' ? '_' : c;
  return (name.empty() ? fmt::format("at_{:x}", partition.offset) : name) + ".bin";
}

// A file for installation ends with the image, not with the partition.
bool is_image_there(const Dump& dump, const format::Partition& partition) {
  return partition.type == format::PartitionType::app &&
         format::verify(dump.content_there(partition)).has_value();
}

void extract_all(const Dump& dump, const ExtractOptions& options) {
  namespace fs = std::filesystem;
  const fs::path folder(options.dump.out);
  fs::create_directories(folder);
  for (const format::Partition& partition : dump.table.entries()) {
    const Bytes content = dump.content_there(partition);
    const bool enough = !options.whole && is_image_there(dump, partition);
    if (content.size() < partition.size && !enough) {
      Output::warn(fmt::format("{} is not whole in this file", printable(partition.label.view())));
      continue;
    }
    write_file((folder / file_name(partition)).string(),
               options.whole ? content : useful_part(partition, content));
  }
  write_file((folder / "table.csv").string(), as_bytes(table_text(dump)));
}

void extract(const ExtractOptions& options) {
  const Dump dump = read_dump(options.dump);
  if (options.partition == "all") return extract_all(dump, options);
  const format::Partition& partition = dump.partition(options.partition);
  const bool cut = !options.whole && is_image_there(dump, partition);
  const Bytes content = cut ? dump.content_there(partition) : dump.content(partition);
  write_other(options.dump, options.whole ? content : useful_part(partition, content));
}

}  // namespace

void add_flash_extract(CLI::App& flash) {
  const auto options = std::make_shared<ExtractOptions>();
  CLI::App* command = flash.add_subcommand("extract", "Take partitions out of a dump.");
  add_dump_options(*command, options->dump, "file to write; with all, the folder");
  command->add_option("PARTITION", options->partition, "its name in the table, or all")->required();
  command->add_flag(
      "--whole", options->whole,
      "every byte of the partition; else an app ends where its image ends, and a core dump is "
      "the ELF file in it");
  command->footer(
      "Examples:\n"
      "  updraft flash extract dump.bin ota_0 -o app.bin\n"
      "  updraft flash extract dump.bin coredump -o core.elf\n"
      "  updraft flash extract dump.bin all -o parts\n");
  command->callback([options] { extract(*options); });
}

void add_flash_table(CLI::App& flash) {
  const auto options = std::make_shared<DumpOptions>();
  CLI::App* command = flash.add_subcommand("table", "Write the partition table of a dump as text.");
  add_dump_options(*command, *options, "CSV file to write");
  command->footer(
      "Examples:\n"
      "  updraft flash table dump.bin -o table.csv\n");
  command->callback(
      [options] { write_other(*options, as_bytes(table_text(read_dump(*options)))); });
}

}  // namespace updraft::cli
