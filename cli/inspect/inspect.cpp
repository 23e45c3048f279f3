// updraft inspect: what is it, is it sound, what would boot and why, and what to do now.
#include "cli/inspect/inspect.hpp"

#include <filesystem>

#include "cli/command.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/inspect/part_finding.hpp"
#include "cli/inspect/table_finding.hpp"
#include "cli/signing/package_words.hpp"
#include "cli/words/files.hpp"
#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "host/files/recognise.hpp"
#include "host/files/text_kind.hpp"
#include "host/signing/package_check.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/tls_identity.hpp"

namespace updraft::cli {
namespace {

using files::Kind;
namespace fs = std::filesystem;

bool is_virtual(const InspectOptions& options) {
  const fs::path file(options.file);
  std::error_code none;  // a loop of symbolic links counts as no file
  return file.filename() == "flash.bin" && fs::exists(file.parent_path() / "device.json", none);
}

dump::EfuseSummary read_efuses(const std::string& path) {
  const std::vector<std::byte> bytes = read_file(path);
  if (const auto summary = dump::read_efuse_summary(as_text(bytes))) return *summary;
  throw Stop(kRefused,
             path + " is no eFuse summary; make one with: espefuse summary --format json");
}

// A virtual device keeps its eFuses beside its flash; those of a real chip can be told.
FlashFacts facts_for(const InspectOptions& options) {
  FlashFacts facts{.table_offset = options.table_offset};
  facts.is_virtual = is_virtual(options);
  std::string build = options.bootloader;
  if (facts.is_virtual) {
    const auto identity =
        device::load_identity(fs::path(options.file).parent_path() / "device.json");
    facts.efuse = identity.efuse;
    if (build.empty()) build = identity.bootloader;
    if (!facts.table_offset) facts.table_offset = identity.table_offset;
  }
  facts.build_known = !build.empty();
  if (facts.build_known) facts.build = find_build(build).value_or(facts.build);
  return facts;
}

// The chip itself is what the flash shows; its eFuses say what else counts.
void apply(FlashFacts& facts, const dump::EfuseSummary& summary, const format::Chip* chip) {
  if (chip == nullptr) return;
  facts.efuse.chip = chip;
  facts.efuse.revision = summary.chip_revision.value_or(UINT16_MAX - 1);
  facts.efuse.block_revision = summary.block_revision.value_or(UINT16_MAX - 1);
  facts.efuse.ignore_max_revision = summary.ignore_max_revision || !summary.chip_revision;
  (void)facts.efuse.raise_secure_version(summary.secure_version);
}

Finding inspect_flash(Bytes bytes, const InspectOptions& options) {
  FlashFacts facts = facts_for(options);
  const auto place = files::find_table(bytes, facts.table_offset);
  if (!place) {
    throw Stop(kRefused,
               fmt::format("no partition table at {:#x}", facts.table_offset.value_or(0)));
  }
  std::optional<Finding> efuses;
  if (!options.efuse.empty()) {
    const dump::EfuseSummary summary = read_efuses(options.efuse);
    apply(facts, summary, report_flash(bytes, *place, facts).chip);
    efuses = describe_efuses(summary);
  }
  Finding finding = describe(report_flash(bytes, *place, facts), bytes);
  if (efuses) {
    finding.add(std::move(efuses->lines));
    finding.json["efuses"] = std::move(efuses->json);
  }
  if (!facts.is_virtual) return finding;
  if (const auto certificate = device::own_fingerprint(fs::path(options.file).parent_path())) {
    finding.json["https_fingerprint"] = hex(*certificate);
    finding.add("https", "certificate " + hex(*certificate));
  }
  return finding;
}

Finding inspect_bootloader(Bytes bytes) {
  const dump::BootloaderReading read = dump::read_bootloader(bytes);
  Finding finding;
  finding.valid = read.length != 0 && read.checksum_right;
  const std::uint32_t flash = dump::flash_bytes(read.header.speed_size);
  finding.add("bootloader", fmt::format("{}, {} bytes, flash {} at {}, {}",
                                        format::chip_name(read.header.chip_id), read.length,
                                        dump::flash_mode(read.header.spi_mode),
                                        dump::flash_speed(read.chip, read.header.speed_size),
                                        flash != 0 ? human_bytes(flash) : "unknown size"));
  if (!read.idf_version.empty()) {
    finding.add("", fmt::format("ESP-IDF {}, built {}", printable(read.idf_version),
                                printable(read.built)));
  }
  finding.json = {
      {"kind", "bootloader"},           {"chip", format::chip_name(read.header.chip_id)},
      {"length", read.length},          {"idf", printable(read.idf_version)},
      {"built", printable(read.built)}, {"checksum_right", read.checksum_right}};
  if (!finding.valid) {
    finding.add("INVALID",
                read.length == 0 ? "its segments do not fit the file" : "its checksum is wrong");
  }
  if (read.chip != nullptr) {
    finding.advice.push_back(
        fmt::format("it is no update; by cable it goes to {:#x}", read.chip->bootloader_offset));
  }
  return finding;
}

Finding inspect_text_table(Bytes bytes, const InspectOptions& options) {
  const auto text = files::as_text_file(bytes);
  return describe_table_text(text->utf8, text->encoding,
                             options.table_offset.value_or(format::kPartitionTableOffset));
}

Finding inspect_efuses(Bytes bytes) {
  const auto summary = dump::read_efuse_summary(as_text(bytes));
  return summary ? describe_efuses(*summary) : describe_other(Kind::efuse_dump);
}

class MemoryFlash final : public Flash {
 public:
  explicit MemoryFlash(Bytes bytes) : bytes_(bytes) {}
  std::uint32_t size() const override {
    return static_cast<std::uint32_t>(bytes_.size() / kFlashSector * kFlashSector);
  }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), bytes_.size())) return fail(Code::flash, Where::device);
    std::copy_n(bytes_.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t, Bytes) override { return fail(Code::flash, Where::device); }
  Result<> erase(std::uint32_t, std::uint32_t) override { return fail(Code::flash, Where::device); }

 private:
  Bytes bytes_;
};

Finding inspect_memory(Bytes bytes) {
  MemoryFlash flash(bytes);
  return describe_memory(dump::read_memory(flash, {}));
}

// A part that is what it is, with nothing in it to be judged.
Finding known_part(Kind kind) {
  Finding finding = describe_other(kind);
  finding.valid = true;
  finding.json.erase("code");
  return finding;
}

Finding look_at(Bytes bytes, const InspectOptions& options) {
  const Kind kind = options.table_offset && files::find_table(bytes, options.table_offset)
                        ? Kind::flash
                        : files::recognise(bytes);
  switch (kind) {
    case Kind::flash:
      return inspect_flash(bytes, options);
    case Kind::bootloader:
      return inspect_bootloader(bytes);
    case Kind::partition_table:
      return describe_table(bytes);
    case Kind::partition_csv:
      return inspect_text_table(bytes, options);
    case Kind::otadata:
      return describe_otadata(bytes);
    case Kind::nvs:
      return describe_nvs(bytes);
    case Kind::core_dump:
      return describe_core_dump(bytes);
    case Kind::updraft_memory:
      return inspect_memory(bytes);
    case Kind::efuse_dump:
      return inspect_efuses(bytes);
    case Kind::littlefs:
    case Kind::spiffs:
    case Kind::fat:
      return known_part(kind);
    case Kind::signed_package:
      return describe_package(bytes, options.file);
    case Kind::key_set:
      return describe_key_set(bytes);
    case Kind::freshness_token:
      return describe_token(bytes);
    default:
      return judge_payload(bytes, options.payload);
  }
}

bool is_judged_by_key_sets(Kind kind) {
  return kind == Kind::signed_package || kind == Kind::key_set || kind == Kind::freshness_token;
}

int run(InspectOptions options) {
  const Output output(options.json);
  std::error_code none;
  if (fs::exists(fs::path(options.file) / "flash.bin", none)) {
    options.file = fs::path(options.file) / "flash.bin";
  }
  const Finding finding = inspect_bytes(host::read_suit_file(options.file), options);
  output.event(finding.json);
  for (const std::string& line : finding.lines) output.line(line);
  return finding.valid ? kOk : kRefused;
}

}  // namespace

Finding inspect_bytes(Bytes bytes, const InspectOptions& options) {
  Finding finding = look_at(bytes, options);
  if (!options.keyset.empty()) {
    if (!is_judged_by_key_sets(files::recognise(bytes))) {
      throw Stop(kUsage, "--keyset judges packages, KeySets and freshness tokens; this is none");
    }
    add_device_verdict(finding, bytes, options.file, options.keyset);
  }
  finish(finding);
  return finding;
}

void add_inspect(CLI::App& app, int& status) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Say what a file is, whether it is sound, what would boot, and what to do now.");
  command
      ->add_option(
          "FILE", options->file,
          "any file: an image, a flash dump, a partition table, what a flash holds, or the "
          "state directory of a virtual device; - for standard input")
      ->required();
  command
      ->add_option("--bootloader", options->bootloader,
                   "how the bootloader in the flash was built; default: as device.json says, "
                   "else rollback is assumed")
      ->check(CLI::IsMember({"plain", "rollback", "anti-rollback"}));
  command->add_option("--table-offset", options->table_offset,
                      "where the partition table stands, if not where one is found (0x9000)");
  command
      ->add_option("--efuse", options->efuse, "the chip's eFuses: espefuse summary --format json")
      ->check(CLI::ExistingFile);
  command->add_option("--from", options->payload.base, "the image that a patch is for")
      ->check(CLI::ExistingFile);
  command
      ->add_option("--keyset", options->keyset,
                   "of what is signed: what a device would say that trusts this KeySet")
      ->check(CLI::ExistingFile)
      ->type_name("FILE");
  add_private_key_options(*command, options->payload.keys);
  command->add_flag("--json", options->json, "one object for machines (docs/inspect.schema.json)");
  command->footer(
      "Exit status 0 if it is sound (a flash: if the app boots that otadata asks for), 1 if not, "
      "or if it is nothing of an ESP32.\n"
      "Examples:\n"
      "  updraft inspect build/app.bin\n"
      "  updraft inspect my-device\n"
      "  updraft inspect app.enc --rsa-key private.pem\n"
      "  updraft inspect patch.bin --from v1.bin\n"
      "  updraft inspect lamp-7.suit --keyset product.keyset\n"
      "  esptool read-flash 0 ALL dump.bin && updraft inspect dump.bin\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
