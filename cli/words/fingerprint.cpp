#include "cli/words/fingerprint.hpp"

#include "cli/words/stop.hpp"
#include "engine/core/hex.hpp"

namespace updraft::cli {

crypto::Sha256Digest read_fingerprint(const std::string& text, const std::string& who) {
  std::string digits;
  for (const char c : text) {
    if (c != ':' && c != ' ') digits += c;
  }
  crypto::Sha256Digest digest{};
  if (read_hex(digits, digest)) return digest;
  throw Stop(kUsage, "--fingerprint: want the 64 hex digits that " + who + " printed");
}

}  // namespace updraft::cli
