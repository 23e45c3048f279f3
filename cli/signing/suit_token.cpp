// updraft suit token: a signed answer to a device that asks whether it has the newest release.
#include <chrono>

#include "cli/signing/signing_options.hpp"
#include "cli/signing/suit.hpp"
#include "cli/words/files.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/core/hex.hpp"
#include "host/signing/token_maker.hpp"

namespace updraft::cli {
namespace {

struct TokenOptions {
  std::string package, keyset, device_id, nonce, out;
  std::optional<std::uint64_t> now;
  SignerOptions signer;
};

std::uint64_t now() {
  const auto since = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(since).count());
}

// The first component of a package is what the token speaks of.
void add_newest(host::TokenSpec& spec, Bytes package, const suit::KeySet& keys,
                const std::string& file) {
  const auto opened = suit::open_package(package, &keys);
  if (!opened) throw Stop(opened.error(), file + ": " + explain(opened.error()));
  std::ranges::copy(opened->manifest.components[0].class_id, spec.class_id.begin());
  std::ranges::copy(opened->envelope.digest, spec.newest_manifest.begin());
  spec.newest_sequence = opened->manifest.sequence;
}

void run(const TokenOptions& options) {
  host::TokenSpec spec;
  spec.device_id = options.device_id;
  if (!read_hex(options.nonce, spec.nonce)) throw Stop(kUsage, "--nonce: want 32 hex digits");
  spec.now = options.now ? *options.now : now();
  const std::vector<std::byte> keyset = read_key_set_file(options.keyset);
  const auto keys = suit::KeySet::read(keyset);
  if (!keys) throw Stop(keys.error(), options.keyset + ": " + explain(keys.error()));
  spec.newest_key_set = keys->version;
  add_newest(spec, read_package_file(options.package), *keys, options.package);
  const host::Signer signer = read_signers(options.signer).front();
  const auto kid = host::kid_of(signer.point);
  if (!keys->find(suit::Role::freshness, kid)) {
    throw Stop(kRefused, options.keyset + " has no freshness key " + hex(kid) +
                             ": no device would take its word");
  }
  write_file(options.out, host::make_token(spec, signer));
}

}  // namespace

void add_suit_token(CLI::App& suit) {
  const auto options = std::make_shared<TokenOptions>();
  CLI::App* command = suit.add_subcommand(
      "token", "Sign a freshness token: the answer to a device that asks for the newest.");
  command->add_option("PKG", options->package, "the newest package of the device's product")
      ->required();
  command->add_option("--keyset", options->keyset, "the newest KeySet")
      ->type_name("FILE")
      ->required();
  command->add_option("--key", options->signer.keys, "private freshness key")
      ->type_name("PEM")
      ->expected(1)
      ->required();
  add_signer_command(*command, options->signer);
  add_key_password_options(*command, options->signer.password);
  command->add_option("--device-id", options->device_id, "who asked")->type_name("ID")->required();
  command->add_option("--nonce", options->nonce, "what was asked with, 32 hex digits")
      ->type_name("HEX")
      ->required();
  command->add_option("--now", options->now, "Unix time in seconds; default: this machine's")
      ->type_name("SECONDS");
  command->add_option("-o,--output", options->out, "file to write")->type_name("FILE")->required();
  command->footer(
      "Examples:\n"
      "  updraft suit token lamp-7.suit --keyset product.keyset --key freshness.pem --device-id "
      "a0b1c2d3e4f5 --nonce 000102030405060708090a0b0c0d0e0f -o token\n");
  command->callback([options] { run(*options); });
}

}  // namespace updraft::cli
