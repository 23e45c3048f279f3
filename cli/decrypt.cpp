// updraft decrypt: what a device would get out of an encrypted file.
#include <fmt/format.h>

#include "updraft/policy.hpp"

#include "cli/command.hpp"
#include "cli/key_options.hpp"
#include "cli/sealed_file.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/sealing/raw_file.hpp"
#include "host/sealing/sealed_content.hpp"

namespace updraft::cli {
namespace {

struct DecryptOptions {
  std::string file;
  std::string out;
  KeyFiles keys;
  CipherOptions cipher;
  bool json = false;
};

std::vector<std::byte> decrypt_sealed(Bytes file, const DecryptOptions& options) {
  const auto header = format::parse_sealed_header(file, UINT32_MAX);
  if (!header) throw Stop(kRefused, options.file + ": " + explain(header.error()));
  const auto keys = read_private_keys(options.keys);
  if (!keys || !keys->has(header->scheme)) {
    throw Stop(kUsage,
               fmt::format("{} is encrypted with {}; give its private key: --{}-key", options.file,
                           long_name(header->scheme), format::name(header->scheme)));
  }
  auto content = host::open_sealed(file, *keys);
  if (!content) throw Stop(kRefused, options.file + ": " + explain(content.error()));
  return std::move(*content);
}

std::vector<std::byte> decrypt_raw(Bytes file, const DecryptOptions& options) {
  const auto cipher = read_cipher(options.cipher);
  if (!cipher) {
    throw Stop(kUsage, options.file +
                           " is no pre-encrypted image; what raw:// carries needs "
                           "--aes-key");
  }
  if (file.size() % crypto::kAesBlock != 0) {
    throw Stop(kRefused, options.file + " is no multiple of 16 bytes, as AES makes them");
  }
  std::vector<std::byte> content = host::decrypt_raw(file, *cipher);
  const Bytes first = Bytes(content).first(std::min(content.size(), kClassifyBytes));
  if (classify(first) == PayloadClass::unknown)
    Output::warn(std::string(sentence(Code::wrong_key)));
  return content;
}

int run(const DecryptOptions& options) {
  const Output output(options.json);
  const std::vector<std::byte> file = read_file(options.file);
  if (file.empty()) throw Stop(kRefused, options.file + " is empty");
  const Bytes first = Bytes(file).first(std::min(file.size(), kClassifyBytes));
  const bool sealed = classify(first) == PayloadClass::encrypted;
  const std::vector<std::byte> content =
      sealed ? decrypt_sealed(file, options) : decrypt_raw(file, options);
  write_file(options.out, content);
  output.event({{"event", "decrypted"}, {"bytes", content.size()}});
  output.item("decrypted",
              fmt::format("{} to {} ({}){}", options.file, options.out, human_bytes(content.size()),
                          sealed ? "; the tag is right" : ""));
  return kOk;
}

}  // namespace

void add_decrypt(CLI::App& app, int& status) {
  const auto options = std::make_shared<DecryptOptions>();
  CLI::App* command = app.add_subcommand("decrypt", "Open an encrypted image.");
  command->add_option("FILE", options->file, "the encrypted image; - for standard input")
      ->required();
  command->add_option("-o,--output", options->out, "file to write, only if all of it is right")
      ->type_name("FILE")
      ->required();
  add_private_key_options(*command, options->keys);
  add_cipher_options(*command, options->cipher);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "A file encrypted with --aes-key keeps up to 15 bytes that filled its last block.\n"
      "Examples:\n"
      "  updraft decrypt app.enc -o app.bin --rsa-key private.pem\n"
      "  updraft decrypt app.enc -o app.bin --ecies-key device_hmac_key.bin\n"
      "  updraft decrypt app.aes -o app.bin --aes-key @key --aes-iv 0123456789012345\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
