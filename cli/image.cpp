// updraft image make | verify
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/inspect/payload_finding.hpp"
#include "cli/words/chip_option.hpp"
#include "cli/words/files.hpp"
#include "sim/demo_image.hpp"

namespace updraft::cli {
namespace {

struct MakeOptions {
  sim::DemoImage demo;
  std::string chip = "esp32c3";
  std::string out;
  std::uint64_t size = 256 * 1024;
  bool no_hash = false;
};

constexpr std::size_t kMostName = 31;  // bytes; a field of the descriptor has 32 and ends with NUL

// A device would show what is left of a longer one, or take it for another project.
void check_name(std::string_view option, std::string_view name) {
  if (name.size() <= kMostName) return;
  throw Stop(kUsage, fmt::format("{}: an image has room for {} bytes, and this has {}", option,
                                 kMostName, name.size()));
}

void make(MakeOptions& options) {
  options.demo.chip = format::find_chip(options.chip);
  if (options.demo.chip == nullptr) throw Stop(kUsage, "there is no chip " + options.chip);
  if (options.size > sim::kMaxDemoBytes) throw Stop(kUsage, "--size: at most 16 MiB");
  check_name("--version", options.demo.version);
  check_name("--project", options.demo.project);
  options.demo.size = options.size;
  options.demo.append_hash = !options.no_hash;
  write_file(options.out, sim::make_image(options.demo));
}

void add_make(CLI::App& image) {
  const auto options = std::make_shared<MakeOptions>();
  options->demo.seed = 1;
  options->demo.app = "healthy";
  CLI::App* command = image.add_subcommand("make", "Make a valid application image.");
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command->add_option("--version", options->demo.version, "version in the app descriptor")
      ->type_name("VERSION")
      ->capture_default_str();
  command->add_option("--project", options->demo.project, "project name")
      ->type_name("NAME")
      ->capture_default_str();
  command->add_option("--chip", options->chip, "esp32, esp32s2, esp32s3, esp32c3, esp32c6, ...")
      ->type_name("CHIP")
      ->transform(as_esptool_spells())
      ->capture_default_str();
  command->add_option("--size", options->size, "bytes, also 512K or 1M")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("256K");
  command->add_option("--secure-version", options->demo.secure_version, "for anti-rollback")
      ->capture_default_str();
  command->add_option("--app", options->demo.app, "what it does on a virtual device")
      ->check(CLI::IsMember({"healthy", "crash", "never-confirm"}))
      ->capture_default_str();
  command->add_option("--seed", options->demo.seed, "of the random content")->capture_default_str();
  command->add_flag("--no-hash", options->no_hash, "append no SHA-256");
  command->footer(
      "Examples:\n"
      "  updraft image make --version 1.1.0 -o v2.bin\n"
      "  updraft image make --version 6.6.6 --app crash -o bad.bin\n"
      "  updraft image make --chip esp32s3 --size 1M -o big.bin\n");
  command->callback([options] { make(*options); });
}

struct VerifyOptions {
  std::string file;
  std::string chip;
  PayloadOptions payload;
  bool json = false;
};

int verify(VerifyOptions& options) {
  const Output output(options.json);
  format::ImageExpectation& expectation = options.payload.expectation;
  if (!options.chip.empty()) {
    expectation.chip = format::find_chip(options.chip);
    if (expectation.chip == nullptr) throw Stop(kUsage, "there is no chip " + options.chip);
    expectation.chip_revision = UINT16_MAX - 1;  // any revision: only the chip was asked for
    expectation.ignore_max_revision = true;
    expectation.efuse_block_revision = UINT16_MAX - 1;
  }
  Finding finding = judge_payload(read_file(options.file), options.payload);
  finish(finding);
  output.event(finding.json);
  for (const std::string& line : finding.lines) output.line(line);
  return finding.valid ? kOk : kRefused;
}

void add_verify(CLI::App& image, int& status) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = image.add_subcommand("verify", "Check an image as a device would.");
  command->add_option("FILE", options->file, "the image; - for standard input")->required();
  command->add_option("--chip", options->chip, "also: is it for this chip?")
      ->type_name("CHIP")
      ->transform(as_esptool_spells());
  command->add_option("--from", options->payload.base, "the image that a patch is for")
      ->check(CLI::ExistingFile);
  add_private_key_options(*command, options->payload.keys);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Exit status 0 if a device would take it, 1 if not.\n"
      "Examples:\n"
      "  updraft image verify build/app.bin\n"
      "  updraft image verify build/app.bin --chip esp32c3\n"
      "  updraft image verify app.bin.gz\n");
  command->callback([options, &status] { status = verify(*options); });
}

}  // namespace

void add_image(CLI::App& app, int& status) {
  CLI::App* image = app.add_subcommand("image", "Make and verify ESP application images.");
  image->require_subcommand(1);
  add_make(*image);
  add_verify(*image, status);
}

}  // namespace updraft::cli
