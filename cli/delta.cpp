// updraft delta make | apply
#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/command.hpp"
#include "cli/delta_patch.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/delta/apply.hpp"
#include "host/delta/diff.hpp"

namespace updraft::cli {
namespace {

struct DeltaOptions {
  std::string old_file, file, out;
  std::uint64_t restart = 0;
  bool fast = false, json = false;
};

constexpr std::uint64_t kLeastRestart = 64 * 1024, kMostRestart = 16 * 1024 * 1024;

std::string valid_restart(const std::string& text) {
  const std::uint64_t bytes = std::stoull(text);
  const bool power_of_two = (bytes & (bytes - 1)) == 0;
  if (bytes == 0 || (power_of_two && bytes >= kLeastRestart && bytes <= kMostRestart)) return {};
  return "a power of two from 64K to 16M, or 0 for no restart points";
}

int make(const DeltaOptions& options) {
  const Output out(options.json);
  const std::vector<std::byte> old_image = read_file(options.old_file);
  const std::vector<std::byte> new_image = read_file(options.file);
  if (new_image.empty()) throw Stop(kRefused, options.file + " is empty");
  const diff::Options how{.effort = options.fast ? diff::Effort::fast : diff::Effort::thorough,
                          .restart = static_cast<std::uint32_t>(options.restart),
                          .progress = {}};
  const diff::Patch patch = make_delta(old_image, new_image, how, out);
  write_file(options.out, patch.bytes);
  out.event(to_json(patch));
  for (const std::string& line : to_lines(patch)) out.line(line);
  return kOk;
}

int apply(const DeltaOptions& options) {
  const Output out(options.json);
  const std::vector<std::byte> old_image = read_file(options.old_file);
  const std::vector<std::byte> patch = read_file(options.file);
  if (classify(Bytes(patch).first(std::min(patch.size(), kClassifyBytes))) != PayloadClass::delta) {
    throw Stop(kRefused, options.file + " is no patch; updraft delta make OLD NEW makes one");
  }
  const auto made = diff::apply_any_patch(old_image, patch);
  if (!made) {
    out.event(result_event(std::unexpected(made.error())));
    Output::fail(fmt::format("{}: {}", options.file, explain(made.error())));
    return status_of(made.error());
  }
  write_file(options.out, *made);
  out.event({{"event", "result"}, {"result", "ok"}, {"bytes", made->size()}});
  out.item("applied", fmt::format("{}, {}", options.out, human_bytes(made->size())));
  return kOk;
}

void add_make(CLI::App& delta, int& status) {
  const auto options = std::make_shared<DeltaOptions>();
  CLI::App* command = delta.add_subcommand("make", "Make a patch from one image to the next.");
  command->add_option("OLD", options->old_file, "the image that devices run now")->required();
  command->add_option("NEW", options->file, "the image that they are to run")->required();
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command
      ->add_option(
          "--restart", options->restart,
          "bytes of the new image between restart points, at which an interrupted update can "
          "go on; 256K makes a patch 0.5 % larger")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::Validator(valid_restart, "SIZE"))
      ->default_str("0");
  command->add_flag("--fast", options->fast,
                    "take a third of the time; the patch is about 0.5 % larger");
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Any two files make a patch; ESP images of one chip make a small one.\n"
      "Examples:\n"
      "  updraft delta make v1.bin v2.bin -o v1-v2.delta\n"
      "  updraft delta make v1.bin v2.bin --restart 256K -o v1-v2.delta\n"
      "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin     # makes it and sends it\n");
  command->callback([options, &status] { status = make(*options); });
}

void add_apply(CLI::App& delta, int& status) {
  const auto options = std::make_shared<DeltaOptions>();
  CLI::App* command =
      delta.add_subcommand("apply", "Apply a patch as a device would, ours or esp_delta_ota's.");
  command->add_option("OLD", options->old_file, "the image that the patch was made for")
      ->required();
  command->add_option("PATCH", options->file, "the patch; - for standard input")->required();
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Exit status 1 if the patch is for another image, or damaged; then nothing is written.\n"
      "Examples:\n"
      "  updraft delta apply v1.bin v1-v2.delta -o v2.bin\n");
  command->callback([options, &status] { status = apply(*options); });
}

}  // namespace

void add_delta(CLI::App& app, int& status) {
  CLI::App* delta = app.add_subcommand("delta", "Make and apply patches between images.");
  delta->require_subcommand(1);
  add_make(*delta, status);
  add_apply(*delta, status);
}

}  // namespace updraft::cli
