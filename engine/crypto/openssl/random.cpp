// The system's own generator: OpenSSL's allocates when it is first asked.
#include "engine/crypto/random.hpp"

#include <cerrno>
#include <cstdlib>

#include <sys/random.h>

namespace updraft::crypto {

void random_bytes(MutableBytes out) {
  while (!out.empty()) {
    const ssize_t got = getrandom(out.data(), out.size(), 0);
    if (got > 0) {
      out = out.subspan(static_cast<std::size_t>(got));
    } else if (errno != EINTR) {
      std::abort();  // no randomness: nothing that follows would be safe
    }
  }
}

}  // namespace updraft::crypto
