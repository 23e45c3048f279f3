// Makes freshness tokens: a server's signed answer that a device has the newest release
// (spec/suit.md section 8).
#pragma once
#include <string>

#include "engine/suit/token.hpp"
#include "host/signing/package_maker.hpp"

namespace updraft::host {

struct TokenSpec {
  std::string device_id;
  Id nonce{};             // of the device's question
  std::uint64_t now = 0;  // Unix time in seconds
  Id class_id{};
  std::uint64_t newest_sequence = 0;
  crypto::Sha256Digest newest_manifest{};
  std::uint64_t newest_key_set = 0;  // its version
};
// Throws Trouble: the device's name has no length that a token takes, or the signature is wrong.
std::vector<std::byte> make_token(const TokenSpec& spec, const Signer& signer);

}  // namespace updraft::host
