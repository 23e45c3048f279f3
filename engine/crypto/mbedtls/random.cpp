// The hardware's generator, by the call that a port of Mbed TLS has for it. On ESP-IDF that is
// esp_fill_random(): true randomness needs the radio or the entropy source on
// (bootloader_random_enable()).
#include "engine/crypto/random.hpp"

#include "engine/crypto/mbedtls/raw.hpp"

extern "C" int mbedtls_hardware_poll(void* data, unsigned char* output, size_t len, size_t* olen);

namespace updraft::crypto {

void random_bytes(MutableBytes out) {
  while (!out.empty()) {
    std::size_t given = 0;
    must(mbedtls_hardware_poll(nullptr, raw(out), out.size(), &given));
    if (given == 0) std::abort();  // no randomness: nothing that follows would be safe
    out = out.subspan(given);
  }
}

}  // namespace updraft::crypto
