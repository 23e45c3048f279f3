// The fingerprint of a certificate, as users type it.
#pragma once
#include <string>

#include "engine/crypto/digest.hpp"

namespace updraft::cli {

// 64 hex digits, with or without colons, as openssl and browsers write them. Throws Stop(kUsage).
// `who` printed it: "the device".
crypto::Sha256Digest read_fingerprint(const std::string& text, const std::string& who);

}  // namespace updraft::cli
