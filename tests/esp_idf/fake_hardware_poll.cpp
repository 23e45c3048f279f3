// The hook by which a port of Mbed TLS gives the hardware's randomness: some of it at a time.
#include <algorithm>
#include <cstddef>

#include <openssl/rand.h>

extern "C" int mbedtls_hardware_poll(void*, unsigned char* output, std::size_t len,
                                     std::size_t* olen) {
  *olen = std::min<std::size_t>(len, 5);
  return RAND_bytes(output, static_cast<int>(*olen)) == 1 ? 0 : -1;
}
