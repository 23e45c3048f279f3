// updraft flash merge: one file for installation by cable.
#include <filesystem>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/flash/flash.hpp"
#include "cli/image_report.hpp"
#include "cli/words/files.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/format/partition_csv.hpp"
#include "engine/format/verify.hpp"
#include "host/dump/bootloader.hpp"
#include "host/dump/table.hpp"
#include "host/files/flash_edit.hpp"
#include "host/files/text_kind.hpp"

namespace updraft::cli {
namespace {

struct MergeOptions {
  std::string bootloader, table, otadata, app, out, manifest;
  std::vector<std::string> others;  // OFFSET=FILE
  std::uint32_t table_offset = format::kPartitionTableOffset;
  bool from_bootloader = false;
};

std::string manifest_chip(const format::Chip& chip) {
  std::string name(chip.name);  // "esp32c3" is ESP32-C3 there
  for (char& c : name) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  if (name.size() > 5) name.insert(5, "-");
  return name;
}

const format::Chip& chip_of(const MergeOptions& options, Bytes bootloader) {
  const dump::BootloaderReading read = dump::read_bootloader(bootloader);
  if (!files::is_bootloader(bootloader) || read.chip == nullptr || read.length == 0 ||
      !read.checksum_right) {
    throw Stop(kRefused, options.bootloader + " is no sound bootloader");
  }
  return *read.chip;
}

// The table as it is in flash, from its binary form or from text.
std::vector<std::byte> binary_table(const MergeOptions& options, const format::Chip& chip,
                                    format::PartitionTable& table) {
  const std::vector<std::byte> bytes = read_file(options.table);
  const auto text = files::as_text_file(bytes);
  const dump::TableReading reading =
      text ? dump::read_table_text(text->utf8, {.table_offset = options.table_offset,
                                                .bootloader_offset = chip.bootloader_offset})
           : dump::read_table(bytes);
  if (!reading.faults.empty()) throw Stop(kRefused, options.table + ": " + reading.faults.front());
  table = reading.table;
  if (!text)
    return {bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(std::min(
                                               bytes.size(), format::kPartitionTableBytes))};
  std::vector<std::byte> binary(format::kPartitionTableBytes);
  const auto written = format::write_partition_table(
      table.entries(), std::span(binary).first<format::kPartitionTableBytes>());
  if (!written) throw Stop(kRefused, options.table + " has too many partitions");
  return binary;
}

// Where the bootloader looks first on a device without a choice in otadata.
const format::Partition& first_app(const format::PartitionTable& table) {
  const format::Partition* app = table.find(format::PartitionType::app, format::kAppFactory);
  if (app == nullptr) app = table.ota_slot(0);
  if (app == nullptr) throw Stop(kRefused, "the table has no app partition to boot from");
  return *app;
}

void check_app(const MergeOptions& options, Bytes app, const format::Chip& chip,
               const format::Partition& slot) {
  format::ImageExpectation expectation{.chip = &chip, .capacity = slot.size};
  expectation.chip_revision = expectation.efuse_block_revision = UINT16_MAX - 1;
  expectation.ignore_max_revision = true;
  const auto image = format::verify(app, expectation);
  if (!image) throw Stop(kRefused, options.app + ": " + explain(image.error()));
}

void add_others(const MergeOptions& options, std::vector<files::FlashPart>& parts) {
  for (const std::string& other : options.others) {
    const std::size_t equals = other.find('=');
    char* end = nullptr;
    const std::uint64_t offset = std::strtoull(other.c_str(), &end, 0);
    if (equals == other.npos || equals == 0 || end != other.c_str() + equals ||
        offset > UINT32_MAX) {
      throw Stop(kUsage, "--add: want OFFSET=FILE, 0x290000=spiffs.bin");
    }
    const std::string file = other.substr(equals + 1);
    parts.push_back({file, static_cast<std::uint32_t>(offset), read_file(file)});
  }
}

void write_manifest(const MergeOptions& options, const format::Chip& chip, std::uint32_t from,
                    Bytes app) {
  const auto image = format::verify(app);
  const format::AppDescriptor named = image ? image->app : format::AppDescriptor{};
  const boost::json::object part{{"path", std::filesystem::path(options.out).filename().string()},
                                 {"offset", from}};
  const boost::json::object build{{"chipFamily", manifest_chip(chip)},
                                  {"parts", boost::json::array{part}}};
  const boost::json::object manifest{{"name", printable(named.project_name.view())},
                                     {"version", printable(named.version.view())},
                                     {"new_install_prompt_erase", true},
                                     {"builds", boost::json::array{build}}};
  write_file(options.manifest, as_bytes(boost::json::serialize(manifest) + "\n"));
}

void merge(const MergeOptions& options) {
  const std::vector<std::byte> bootloader = read_file(options.bootloader);
  const format::Chip& chip = chip_of(options, bootloader);
  format::PartitionTable table;
  std::vector<files::FlashPart> parts{{options.bootloader, chip.bootloader_offset, bootloader}};
  parts.push_back({options.table, options.table_offset, binary_table(options, chip, table)});
  const format::Partition& slot = first_app(table);
  const std::vector<std::byte> app = read_file(options.app);
  check_app(options, app, chip, slot);
  parts.push_back({options.app, slot.offset, app});
  if (!options.otadata.empty()) {
    const auto* const otadata = table.find(format::PartitionType::data, format::kDataOta);
    if (otadata == nullptr) throw Stop(kRefused, "the table has no otadata");
    parts.push_back({options.otadata, otadata->offset, read_file(options.otadata)});
  }
  add_others(options, parts);
  const std::uint32_t from = options.from_bootloader ? chip.bootloader_offset : 0;
  std::string problem;
  const std::vector<std::byte> image = files::merge(std::move(parts), from, problem);
  if (!problem.empty()) throw Stop(kRefused, problem);
  write_file(options.out, image);
  if (!options.manifest.empty()) write_manifest(options, chip, from, app);
  fmt::print("{} for {}, to be written at {:#x}: {}\n", options.out, chip.name, from,
             human_bytes(image.size()));
}

}  // namespace

void add_flash_merge(CLI::App& flash) {
  const auto options = std::make_shared<MergeOptions>();
  CLI::App* command =
      flash.add_subcommand("merge", "Put bootloader, table and app into one file for a cable.");
  command->add_option("--bootloader", options->bootloader, "it says which chip this is for")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--table", options->table, "partition table, binary or CSV")
      ->required()
      ->check(CLI::ExistingFile);
  command
      ->add_option("--app", options->app, "for the partition that boots first: factory, or ota_0")
      ->required()
      ->check(CLI::ExistingFile);
  command->add_option("--otadata", options->otadata, "the boot choice; default: blank")
      ->check(CLI::ExistingFile);
  command->add_option("--add", options->others, "another file at its place")
      ->type_name("OFFSET=FILE");
  command->add_option("--table-offset", options->table_offset, "where the table goes")
      ->default_str("0x8000");
  command->add_flag("--from-bootloader", options->from_bootloader,
                    "begin the file at the bootloader, not at 0, as some tools want it");
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command
      ->add_option("--manifest", options->manifest,
                   "also a manifest.json for installers in a browser")
      ->type_name("FILE");
  command->footer(
      "Examples:\n"
      "  updraft flash merge --bootloader bootloader.bin --table partitions.csv --app app.bin -o "
      "factory.bin\n"
      "  updraft flash merge --bootloader bootloader.bin --table table.bin --app app.bin -o "
      "factory.bin "
      "--manifest manifest.json\n");
  command->callback([options] { merge(*options); });
}

}  // namespace updraft::cli
