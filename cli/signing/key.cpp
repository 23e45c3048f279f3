// updraft key gen | pub | id
#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/signing/private_file.hpp"

namespace updraft::cli {
namespace {

struct KeyOptions {
  std::string file;
  std::string out;
  PasswordOptions password;
  bool encrypt = false;
  bool json = false;
};

void report(const KeyOptions& options, const host::Point& point, std::string_view event) {
  const Output output(options.json);
  const auto kid = host::kid_of(point);
  output.event({{"event", event}, {"file", options.file}, {"key_id", hex(kid)}});
  output.line(hex(kid));
}

void generate(const KeyOptions& options) {
  std::string password;
  if (options.encrypt) {
    password = new_password(options.password, "the new key in " + options.file);
    if (password.empty() || password.size() > host::kMostPassword) {
      throw Stop(kUsage, "a password has 1 to 1023 characters");
    }
  }
  const host::SigningKey key = host::SigningKey::generate();
  std::string pem = key.private_pem(password);
  host::write_private_file(options.file, as_bytes(pem));
  crypto::wipe(std::as_writable_bytes(std::span(pem)));
  crypto::wipe(std::as_writable_bytes(std::span(password)));
  report(options, key.point(), "key");
}

void write_public(const KeyOptions& options) {
  const host::KeyFile key = read_key(options.file, options.password);
  const std::string pem = host::public_pem(key.point);
  if (options.out.empty()) {
    Output::draw(pem);
  } else {
    write_file(options.out, as_bytes(pem));
  }
}

void show_id(const KeyOptions& options) {
  report(options, read_key(options.file, options.password).point, "key");
}

CLI::App* add(CLI::App& key, const std::shared_ptr<KeyOptions>& options, const char* name,
              const char* what, const char* file) {
  CLI::App* command = key.add_subcommand(name, what);
  command->add_option("FILE", options->file, file)->required();
  add_key_password_options(*command, options->password);
  return command;
}

void add_gen(CLI::App& key) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* command =
      add(key, options, "gen", "Make a private key and print its id.", "a new file for the key");
  command->add_flag("--encrypt", options->encrypt, "encrypt it with a password");
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "A file that is there is never overwritten; a new one can be read by its owner alone.\n"
      "Examples:\n"
      "  updraft key gen root-a.pem --encrypt\n"
      "  updraft key gen release.pem\n");
  command->callback([options] { generate(*options); });
}

void add_pub(CLI::App& key) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* command =
      add(key, options, "pub", "Print or write the public half of a key.", "a key in PEM");
  command->add_option("-o,--output", options->out, "file to write")->type_name("PEM");
  command->footer(
      "Examples:\n"
      "  updraft key pub root-a.pem -o root-a.pub.pem\n");
  command->callback([options] { write_public(*options); });
}

void add_id(CLI::App& key) {
  const auto options = std::make_shared<KeyOptions>();
  CLI::App* command = add(key, options, "id", "Print the id of a key, as packages name it.",
                          "a key in PEM, public or private");
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Examples:\n"
      "  updraft key id release.pem\n");
  command->callback([options] { show_id(*options); });
}

}  // namespace

void add_key(CLI::App& app) {
  CLI::App* key = app.add_subcommand("key", "Make keys that sign, and name them.");
  key->require_subcommand(1);
  add_gen(*key);
  add_pub(*key);
  add_id(*key);
}

}  // namespace updraft::cli
