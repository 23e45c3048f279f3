// The raw RSA operation of OpenSSL, blinded and of constant time; the padding is undone here:
// OpenSSL 3.0 reports a wrong one.
#include "engine/crypto/rsa.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "engine/crypto/hmac.hpp"
#include "engine/crypto/pkcs1.hpp"
#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {
namespace {

constexpr int kRsaBits = kRsaBytes * 8;

EVP_PKEY* parse(Bytes der) {
  const unsigned char* at = raw(der);
  EVP_PKEY* const key = d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size()));
  ERR_clear_error();
  if (key == nullptr) return nullptr;
  if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && EVP_PKEY_get_bits(key) == kRsaBits) return key;
  EVP_PKEY_free(key);
  return nullptr;
}

}  // namespace

RsaPrivateKey::~RsaPrivateKey() {
  EVP_PKEY_CTX_free(state_.context);
  EVP_PKEY_free(state_.key);
}

bool RsaPrivateKey::load(Bytes der) {
  EVP_PKEY* const key = parse(der);
  if (key == nullptr) return false;
  EVP_PKEY_CTX_free(state_.context);
  EVP_PKEY_free(state_.key);
  state_ = {key, EVP_PKEY_CTX_new(key, nullptr)};
  EVP_PKEY_decrypt_init(state_.context);
  EVP_PKEY_CTX_set_rsa_padding(state_.context, RSA_NO_PADDING);
  rejection_ = rejection_of(der);
  // The first one makes what OpenSSL keeps with the key: it belongs to the start, not to an update.
  std::array<std::byte, kRsaBytes> two{};
  two.back() = std::byte{2};
  (void)unwrap(two);
  return true;
}

Secret<32> RsaPrivateKey::unwrap(Bytes wrapped) {
  std::array<std::byte, kRsaBytes> block{};
  const Secret<32> other = hmac_sha256(rejection_.reveal(), wrapped);
  std::size_t size = block.size();
  // It fails for numbers that are not below the modulus. That gives nothing away: the sender knows
  // the number. The block is then all zeros, and no right padding.
  EVP_PKEY_decrypt(state_.context, raw(MutableBytes(block)), &size, raw(wrapped), wrapped.size());
  ERR_clear_error();
  const Secret<32> key = unpad_key(block, other);
  wipe(block);
  return key;
}

}  // namespace updraft::crypto
