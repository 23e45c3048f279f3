// PSA's generator, which ESP-IDF seeds from the hardware: true randomness needs the radio or the
// entropy source on (bootloader_random_enable()).
#include "engine/crypto/random.hpp"

#include <cstdlib>

#include <psa/crypto.h>

namespace updraft::crypto {

void random_bytes(MutableBytes out) {
  const bool ok =
      psa_crypto_init() == PSA_SUCCESS &&
      psa_generate_random(reinterpret_cast<std::uint8_t*>(out.data()), out.size()) == PSA_SUCCESS;
  if (!ok) std::abort();  // no randomness: nothing that follows would be safe
}

}  // namespace updraft::crypto
