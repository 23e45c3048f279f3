#include "engine/crypto/gcm.hpp"

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {
namespace {

#if MBEDTLS_VERSION_NUMBER < 0x03000000
int start_decrypting(mbedtls_gcm_context* gcm, Bytes iv) {
  return mbedtls_gcm_starts(gcm, MBEDTLS_GCM_DECRYPT, raw(iv), iv.size(), nullptr, 0);
}
int decrypt(mbedtls_gcm_context* gcm, Bytes in, MutableBytes out) {
  return mbedtls_gcm_update(gcm, in.size(), raw(in), raw(out));
}
int compute_tag(mbedtls_gcm_context* gcm, MutableBytes tag) {
  return mbedtls_gcm_finish(gcm, raw(tag), tag.size());
}
#else
int start_decrypting(mbedtls_gcm_context* gcm, Bytes iv) {
  return mbedtls_gcm_starts(gcm, MBEDTLS_GCM_DECRYPT, raw(iv), iv.size());
}
// All that it decrypted, as of each call: so do Mbed TLS and Espressif's driver.
int decrypt(mbedtls_gcm_context* gcm, Bytes in, MutableBytes out) {
  std::size_t written = 0;
  const int status = mbedtls_gcm_update(gcm, raw(in), in.size(), raw(out), out.size(), &written);
  return status != 0 ? status : static_cast<int>(in.size() - written);
}
int compute_tag(mbedtls_gcm_context* gcm, MutableBytes tag) {
  std::size_t rest = 0;
  return mbedtls_gcm_finish(gcm, nullptr, 0, &rest, raw(tag), tag.size());
}
#endif

}  // namespace

Gcm256Decryptor::Gcm256Decryptor() { mbedtls_gcm_init(&state_.context); }

Gcm256Decryptor::~Gcm256Decryptor() { mbedtls_gcm_free(&state_.context); }

void Gcm256Decryptor::start(const Secret<32>& key, Bytes iv) {
  mbedtls_gcm_free(&state_.context);
  mbedtls_gcm_init(&state_.context);
  must(mbedtls_gcm_setkey(&state_.context, MBEDTLS_CIPHER_ID_AES, raw(key.reveal()), kAesKeyBits));
  must(start_decrypting(&state_.context, iv));
}

void Gcm256Decryptor::process(Bytes in, MutableBytes out) {
  if (!in.empty()) must(decrypt(&state_.context, in, out));
}

bool Gcm256Decryptor::verify(Bytes tag) {
  std::array<std::byte, kGcmTagBytes> own{};
  must(compute_tag(&state_.context, own));
  return ct_equal(own, tag);
}

}  // namespace updraft::crypto
