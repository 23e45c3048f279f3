// updraft encrypt: a file for devices that have the key.
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/image_report.hpp"
#include "cli/key_options.hpp"
#include "cli/sealed_file.hpp"
#include "cli/words/cipher_options.hpp"
#include "cli/words/files.hpp"
#include "cli/words/text.hpp"
#include "host/sealing/raw_file.hpp"

namespace updraft::cli {
namespace {

struct EncryptOptions {
  std::string file;
  std::string out;
  KeyFiles keys;
  CipherOptions cipher;
  bool json = false;
};

struct Encrypted {
  std::vector<std::byte> bytes;
  std::string_view scheme;  // as in JSON
  std::string how;          // as people read it
};

Encrypted encrypt_raw(Bytes content, const link::LinkCipher& cipher) {
  const bool ecb = cipher.mode == crypto::AesMode::ecb;
  return {host::encrypt_raw(content, cipher), ecb ? "aes-ecb" : "aes-cbc",
          fmt::format("AES-256-{}, as raw:// carries it", ecb ? "ECB" : "CBC")};
}

Encrypted encrypt_sealed(Bytes content, const KeyFiles& keys) {
  const sim::SealFor whom = read_public_key(keys);
  return {sim::seal_image(content, whom), format::name(whom.scheme),
          fmt::format("{} and AES-256-GCM", long_name(whom.scheme))};
}

Encrypted encrypt(Bytes content, const EncryptOptions& options) {
  const bool raw = !options.cipher.key.empty() || !options.keys.any();
  const int ways = int{raw} + int{!options.keys.rsa.empty()} + int{!options.keys.ecies.empty()};
  if (ways > 1) throw Stop(kUsage, "one key at a time: --rsa-key, --ecies-key or --aes-key");
  if (!raw) return encrypt_sealed(content, options.keys);
  const auto cipher = read_cipher(options.cipher);
  if (!cipher)
    throw Stop(kUsage, "no key to encrypt for: give --rsa-key, --ecies-key or --aes-key");
  return encrypt_raw(content, *cipher);
}

int run(const EncryptOptions& options) {
  const Output output(options.json);
  const std::vector<std::byte> content = read_file(options.file);
  if (content.empty()) throw Stop(kRefused, options.file + " is empty");
  warn_if_odd(content, options.file, "Encrypting it all the same.");
  const Encrypted encrypted = encrypt(content, options);
  write_file(options.out, encrypted.bytes);
  output.event({{"event", "encrypted"},
                {"scheme", encrypted.scheme},
                {"bytes", encrypted.bytes.size()},
                {"content_bytes", content.size()}});
  output.item("encrypted", fmt::format("{} to {} ({}) with {}", options.file, options.out,
                                       human_bytes(encrypted.bytes.size()), encrypted.how));
  return kOk;
}

}  // namespace

void add_encrypt(CLI::App& app, int& status) {
  const auto options = std::make_shared<EncryptOptions>();
  CLI::App* command = app.add_subcommand(
      "encrypt", "Encrypt an image, so that only devices with the key can read it.");
  command->add_option("FILE", options->file, "the image, plain or compressed; - for standard input")
      ->required();
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  add_public_key_options(*command, options->keys);
  add_cipher_options(*command, options->cipher);
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Encryption hides the image; it does not prove who made it.\n"
      "With --rsa-key or --ecies-key: a container of esp_encrypted_img, which every protocol "
      "carries.\n"
      "With --aes-key: the bytes of raw://, for senders that cannot encrypt themselves.\n"
      "Examples:\n"
      "  openssl genrsa -out private.pem 3072 && openssl rsa -in private.pem -pubout -out "
      "public.pem\n"
      "  updraft encrypt build/app.bin -o app.enc --rsa-key public.pem\n"
      "  updraft encrypt build/app.bin -o app.enc --ecies-key device_pub_key.pem\n"
      "  updraft encrypt build/app.bin -o app.aes --aes-key @key --aes-mode cbc --aes-iv "
      "0123456789012345\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
