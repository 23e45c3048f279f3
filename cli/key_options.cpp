#include "cli/key_options.hpp"

#include "cli/words/files.hpp"

namespace updraft::cli {

void add_private_key_options(CLI::App& command, KeyFiles& files) {
  command
      .add_option("--rsa-key", files.rsa, "opens pre-encrypted images: private RSA-3072 key in PEM")
      ->type_name("PEM");
  command
      .add_option("--ecies-key", files.ecies,
                  "the same, ECIES: the chip's HMAC key (32 bytes, or 64 hex digits), or a private "
                  "P-256 key in PEM")
      ->type_name("FILE");
}

void add_public_key_options(CLI::App& command, KeyFiles& files) {
  command
      .add_option("--rsa-key", files.rsa,
                  "for devices with this RSA-3072 key: PEM of the public (or private) key")
      ->type_name("PEM");
  command
      .add_option(
          "--ecies-key", files.ecies,
          "for devices with this P-256 key: PEM of the public (or private) key, or the HMAC "
          "key that it is made of (32 bytes, or 64 hex digits)")
      ->type_name("FILE");
}

std::shared_ptr<format::SealedKeys> read_private_keys(const KeyFiles& files) {
  return host::read_private_keys(files, warn_if_others_can_read);
}

sim::SealFor read_public_key(const KeyFiles& files) {
  return host::read_public_key(files, warn_if_others_can_read);
}

}  // namespace updraft::cli
