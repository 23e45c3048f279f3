// updraft sign: a package in one step, with the key at hand.
#include <filesystem>

#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/everyday.hpp"
#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

struct SignOptions {
  MakeOptions make;
  std::vector<std::string> data;  // LABEL=FILE
  SignWith with;
  bool json = false;
};

// app.bin becomes app.suit, and app.bin.gz too.
std::string package_name(const std::string& image) {
  if (image == "-") throw Stop(kUsage, "name the package to write: -o PKG");
  std::filesystem::path name(image);
  for (const char* const ending : {".gz", ".zz", ".bin"}) {
    if (name.extension() == ending) name.replace_extension();
  }
  return name.string() + ".suit";
}

// What the package is named after, and beside which the project's settings are looked for.
std::string first_file(const MakeOptions& make, const std::vector<DataFile>& data) {
  if (make.rescue && (make.file.empty() || !data.empty())) {
    throw Stop(kUsage, "--rescue: the rescue app comes alone in its package; name its image");
  }
  if (make.apart && !data.empty()) {
    throw Stop(kUsage, "--apart: an image alone stands beside its package; leave out --fs");
  }
  if (!make.file.empty()) return make.file;
  if (data.empty()) throw Stop(kUsage, "name the image, or data with --fs LABEL=FILE");
  if (!make.image.empty()) throw Stop(kUsage, "--image: there is no image to be sent");
  return data.front().file;
}

void run(const SignOptions& options) {
  const Output output(options.json);
  const MakeOptions& make = options.make;
  SignWith with = options.with;
  with.product = make.product;
  const std::vector<DataFile> data = read_data_files(options.data);
  const std::string file = first_file(make, data);
  const std::string out = make.out.empty() ? package_name(file) : make.out;
  std::vector<std::byte> transfer, image;
  if (!make.file.empty()) {
    transfer = read_file(make.file);
    image = installed_image(transfer, make.file, make.image);
  }
  const SignedPackage package = sign_package(
      with, {file, transfer, image, !make.no_index, names_beside(make, out), &data, make.rescue});
  write_beside(make, out, transfer);
  write_file(out, package.bytes);
  boost::json::object event = signed_event(package);
  event["file"] = out;
  output.event(event);
  output.item("signed",
              fmt::format("{} to {} ({}), release {} of {}", file, out,
                          human_bytes(package.bytes.size()), package.sequence, package.product));
}

}  // namespace

void add_sign(CLI::App& app) {
  const auto options = std::make_shared<SignOptions>();
  SignWith& with = options->with;
  CLI::App* command =
      app.add_subcommand("sign", "Make a signed package of an image, of data, or of both.");
  add_make_options(*command, options->make);
  command->get_option("IMAGE")->required(false);
  add_data_files(*command, options->data);
  command->add_flag("--rescue", options->make.rescue, "IMAGE is the rescue app, not the app");
  command->get_option("--output")
      ->description("package to write; default: the image's name, with .suit");
  command->add_option("--key", with.signer.keys, "private release key; several sign together")
      ->type_name("PEM");
  command
      ->add_option("--sequence", with.sequence,
                   "number of the release: higher than all before of this product")
      ->type_name("N");
  add_signer_command(*command, with.signer);
  add_key_password_options(*command, with.signer.password);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "What is not named comes from updraft.toml, in the image's folder or above:\n"
      "  vendor = \"example.com\"\n"
      "  product = \"lamp\"\n"
      "  hardware = \"1\"\n"
      "  key = \"release.pem\"\n"
      "Where there is none, a terminal asks for them once and writes it. The chip is the image's. "
      "The release's number is one more than the one in updraft.sequence, "
      "a file beside updraft.toml, which then holds the new one. Keep both files with the "
      "project.\n"
      "Where the key is not on this machine: --signer-cmd, or updraft suit make, tbs and attach.\n"
      "Examples:\n"
      "  updraft sign build/app.bin\n"
      "  updraft sign lamp-7.bin --apart -o www/lamp.suit\n"
      "  updraft sign build/app.bin --fs web=web.bin\n"
      "  updraft sign build/rescue.bin --rescue\n"
      "  updraft sign --fs web=web.bin --product example.com/lamp/esp32c3/1\n"
      "  updraft sign app.bin --key release.pem --product example.com/lamp/esp32c3/1 --sequence 7 "
      "-o lamp-7.suit\n");
  command->callback([options] { run(*options); });
}

}  // namespace updraft::cli
