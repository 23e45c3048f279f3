// updraft sign: a package in one step, with the key at hand.
#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/signing/signer_command.hpp"

namespace updraft::cli {
namespace {

struct SignOptions {
  MakeOptions make;
  std::vector<std::string> keys;
  PasswordOptions password;
  bool json = false;
};

void run(const SignOptions& options) {
  const Output output(options.json);
  std::vector<std::byte> package = make_package(options.make);
  boost::json::array signers;
  for (const std::string& file : options.keys) {
    const host::KeyFile key = read_key(file, options.password);
    if (!key.key) throw Stop(kUsage, file + " is a public key; the private one signs");
    package = host::attach(package, key.point, key.key->sign(host::package_message(package)));
    signers.push_back(boost::json::string(hex(host::kid_of(key.point))));
  }
  write_file(options.make.out, package);
  output.event({{"event", "signed"},
                {"file", options.make.out},
                {"bytes", package.size()},
                {"sequence", options.make.sequence},
                {"signed_by", std::move(signers)}});
  output.item("signed",
              fmt::format("{} to {} ({}), release {}", options.make.file, options.make.out,
                          human_bytes(package.size()), options.make.sequence));
}

}  // namespace

void add_sign(CLI::App& app) {
  const auto options = std::make_shared<SignOptions>();
  CLI::App* command = app.add_subcommand("sign", "Make a signed package of an image.");
  add_make_options(*command, options->make);
  command->add_option("--key", options->keys, "private release key; several sign together")
      ->type_name("PEM")
      ->required();
  add_key_password_options(*command, options->password);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Where the key is not on this machine: updraft suit make, tbs and attach.\n"
      "Examples:\n"
      "  updraft sign app.bin --key release.pem --product example.com/lamp/esp32c3/1 --sequence 7 "
      "-o lamp-7.suit\n");
  command->callback([options] { run(*options); });
}

}  // namespace updraft::cli
