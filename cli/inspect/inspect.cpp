// updraft inspect: what is it, is it valid, what would boot and why.
#include <filesystem>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/command.hpp"
#include "cli/delta_patch.hpp"
#include "cli/image_report.hpp"
#include "cli/inspect/flash_report.hpp"
#include "cli/key_options.hpp"
#include "cli/sealed_file.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "engine/format/partition_csv.hpp"
#include "virtual_device/identity.hpp"
#include "virtual_device/tls_identity.hpp"

namespace updraft::cli {
namespace {

struct InspectOptions {
  std::string file;
  std::string bootloader;
  KeyFiles keys;
  bool json = false;
};

// One thing that was recognised: its report in both forms.
struct Finding {
  bool valid;
  boost::json::object json;
  std::vector<std::string> lines;
};

Finding plain_finding(bool valid, std::string_view kind, std::string_view text) {
  return {valid, {{"kind", kind}, {"valid", valid}, {"message", text}}, {std::string(text)}};
}

// A device keeps its eFuses beside its flash; for a lone dump any known chip will do.
device::Identity identity_for(const InspectOptions& options) {
  const auto beside = std::filesystem::path(options.file).parent_path() / "device.json";
  device::Identity identity;
  if (std::filesystem::path(options.file).filename() == "flash.bin" &&
      std::filesystem::exists(beside)) {
    identity = device::load_identity(beside);
  }
  if (!options.bootloader.empty()) identity.bootloader = options.bootloader;
  return identity;
}

Finding inspect_flash(Bytes bytes, const InspectOptions& options) {
  const device::Identity identity = identity_for(options);
  const auto build = find_build(identity.bootloader);
  const FlashReport report =
      report_flash(bytes, identity.efuse, build.value_or(sim::BootBuild::rollback));
  Finding finding{report.boot.app.has_value(), to_json(report), to_lines(report)};
  if (std::filesystem::path(options.file).filename() != "flash.bin") return finding;
  const auto state = std::filesystem::path(options.file).parent_path();
  if (const auto certificate = device::own_fingerprint(state)) {
    finding.json["https_fingerprint"] = hex(*certificate);
    finding.lines.push_back("https      certificate " + hex(*certificate));
  }
  return finding;
}

Finding inspect_image(Bytes bytes) {
  const ImageReport report = report_image(bytes);
  return {report.verdict.has_value(), to_json(report), to_lines(report)};
}

Finding inspect_table(Bytes bytes) {
  const auto parsed = format::parse_partition_table(bytes);
  if (!parsed) {
    Finding finding = plain_finding(false, "partition_table", explain(parsed.error()));
    finding.lines.front() = "INVALID    partition table: " + finding.lines.front();
    finding.json["code"] = name(parsed.error().code);
    return finding;
  }
  Finding finding{true,
                  {{"kind", "partition_table"},
                   {"valid", true},
                   {"md5", parsed->has_md5},
                   {"partitions", table_json(parsed->table)}},
                  {fmt::format("table      {} partitions, {}", parsed->table.entries().size(),
                               parsed->has_md5 ? "MD5 right" : "no MD5")}};
  for (std::string& line : table_lines(parsed->table)) finding.lines.push_back(std::move(line));
  return finding;
}

format::OtaRecords records_of(Bytes bytes) {
  return {format::parse_ota_record(bytes),
          format::parse_ota_record(bytes.subspan(format::kOtaRecordSpacing))};
}

bool is_otadata(Bytes bytes) {
  if (bytes.size() < format::kOtaRecordSpacing + format::kOtaRecordBytes) return false;
  if (bytes.size() > format::kOtaDataBytes) return false;
  const auto records = records_of(bytes);
  const auto sound = [](const format::OtaRecord& r) { return r.empty() || r.crc_ok(); };
  return sound(records[0]) || sound(records[1]);
}

Finding inspect_otadata(Bytes bytes) {
  const auto records = records_of(bytes);
  const auto newest = format::newest_usable(records);
  Finding finding{true,
                  {{"kind", "otadata"}, {"valid", true}, {"otadata", records_json(records, 0)}},
                  record_lines(records, 0)};
  if (newest) finding.json["newest"] = *newest;
  finding.lines.push_back(newest
                              ? fmt::format("chooses    record {} (which slot that is depends on "
                                            "the number of slots)",
                                            *newest)
                              : "chooses    nothing: factory, or the first slot");
  return finding;
}

bool looks_like_csv(Bytes bytes) {
  if (bytes.empty() || bytes.size() > format::kMaxCsvBytes) return false;
  const std::string_view text = as_text(bytes);
  return text.find(',') != text.npos && text.find('\0') == text.npos &&
         (text.find("data") != text.npos || text.find("app") != text.npos);
}

Finding inspect_csv(Bytes bytes) {
  const std::string_view text = as_text(bytes);
  const auto table = format::parse_partition_csv(text);
  if (!table) {
    return plain_finding(false, "partition_csv",
                         fmt::format("INVALID    partition table, line {}: {}", table.error().line,
                                     table.error().why));
  }
  Finding finding{true,
                  {{"kind", "partition_csv"}, {"valid", true}, {"partitions", table_json(*table)}},
                  {fmt::format("table      {} partitions, as text", table->entries().size())}};
  for (std::string& line : table_lines(*table)) finding.lines.push_back(std::move(line));
  return finding;
}

Finding inspect(Bytes bytes, const InspectOptions& options);

// With its key also what is inside, but for containers in it: devices do not open those either.
Finding inspect_sealed(Bytes bytes, const InspectOptions& options) {
  const auto keys = read_private_keys(options.keys);
  const SealedReport report = report_sealed(bytes, keys.get());
  Finding finding{report.valid(), to_json(report), to_lines(report)};
  if (!finding.valid || !report.content) return finding;
  InspectOptions inside = options;
  inside.keys = {};
  Finding content = inspect(report.content->value(), inside);
  finding.valid = content.valid && content.json["kind"] != "encrypted_image";
  finding.json["valid"] = finding.valid;
  finding.json["content"] = std::move(content.json);
  for (std::string& line : content.lines) finding.lines.push_back(std::move(line));
  return finding;
}

Finding inspect_other(Bytes bytes, const InspectOptions& options) {
  switch (classify(bytes.first(std::min(bytes.size(), kClassifyBytes)))) {
    case PayloadClass::encrypted:
      return inspect_sealed(bytes, options);
    case PayloadClass::delta: {
      DeltaReport report = report_delta(bytes);
      return {report.verdict.has_value(), std::move(report.json), std::move(report.lines)};
    }
    case PayloadClass::compressed:
      return plain_finding(true, "compressed", "Compressed data; unpack it to see more.");
    case PayloadClass::signed_package:
      return plain_finding(true, "signed_package", "A signed package.");
    case PayloadClass::key_set:
      return plain_finding(true, "key_set", "A KeySet.");
    case PayloadClass::web_page:
      return plain_finding(
          false, "web_page",
          sentence(Error{Code::not_an_image, Where::gate, '<', 0, Reason::web_page}));
    default:
      break;
  }
  if (bytes.empty()) return plain_finding(false, "empty", "The file is empty.");
  return plain_finding(false, "unknown",
                       "Neither an image, a partition table, otadata nor a flash dump.");
}

// Also a flash whose table is damaged: the size of a chip, and a table's first bytes in its place.
bool is_flash(Bytes bytes) {
  constexpr std::size_t kSmallestChip = 1 << 20;
  if (format::is_partition_table(bytes)) return true;
  return bytes.size() >= kSmallestChip && bytes.size() % kSmallestChip == 0 &&
         load_le16(bytes, format::kPartitionTableOffset) == format::kPartitionMagic;
}

Finding inspect(Bytes bytes, const InspectOptions& options) {
  if (is_flash(bytes)) return inspect_flash(bytes, options);
  if (!bytes.empty() && load_u8(bytes, 0) == format::kImageMagic) return inspect_image(bytes);
  if (bytes.size() >= 2 && load_le16(bytes, 0) == format::kPartitionMagic)
    return inspect_table(bytes);
  if (is_otadata(bytes)) return inspect_otadata(bytes);
  if (looks_like_csv(bytes)) return inspect_csv(bytes);
  return inspect_other(bytes, options);
}

int run(InspectOptions options) {
  const Output output(options.json);
  if (std::filesystem::exists(std::filesystem::path(options.file) / "flash.bin")) {
    options.file = std::filesystem::path(options.file) / "flash.bin";
  }
  const Finding finding = inspect(read_file(options.file), options);
  output.event(finding.json);
  for (const std::string& line : finding.lines) output.line(line);
  return finding.valid ? kOk : kRefused;
}

}  // namespace

void add_inspect(CLI::App& app, int& status) {
  const auto options = std::make_shared<InspectOptions>();
  CLI::App* command = app.add_subcommand(
      "inspect", "Say what a file is, whether it is valid, and what would boot.");
  command
      ->add_option("FILE", options->file,
                   "image, pre-encrypted image, partition table (binary or CSV), otadata, flash "
                   "dump, or the state "
                   "directory of a virtual device; - for standard input")
      ->required();
  command
      ->add_option("--bootloader", options->bootloader,
                   "how the bootloader in the flash was built; default: as device.json says, "
                   "else rollback")
      ->check(CLI::IsMember({"plain", "rollback", "anti-rollback"}));
  add_private_key_options(*command, options->keys);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Exit status 0 if it is valid (a flash: if it boots), 1 if not.\n"
      "Examples:\n"
      "  updraft inspect build/app.bin\n"
      "  updraft inspect my-device\n"
      "  updraft inspect app.enc --rsa-key private.pem\n"
      "  esptool read_flash 0 0x400000 dump.bin && updraft inspect dump.bin\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
