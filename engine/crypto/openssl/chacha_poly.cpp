#include "engine/crypto/chacha_poly.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

#include "engine/core/assert.hpp"
#include "engine/crypto/raw_bytes.hpp"
#include "updraft_openssl_owned.hpp"

namespace updraft::crypto {
namespace {

using CipherContext = Owned<EVP_CIPHER_CTX, EVP_CIPHER_CTX_free>;

CipherContext context_of(const Secret<32>& key, Bytes nonce, int encrypts) {
  CipherContext context(EVP_CIPHER_CTX_new());
  const bool works = EVP_CipherInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr,
                                       raw(key.reveal()), raw(nonce), encrypts) == 1;
  UPDRAFT_ASSERT(works && nonce.size() == kChaChaNonceBytes);
  (void)works;
  return context;
}

// An AEAD gives all of the content at once.
bool pass_through(EVP_CIPHER_CTX* context, Bytes ad, Bytes in, MutableBytes out) {
  int size = 0;
  const auto length = [](Bytes bytes) { return static_cast<int>(bytes.size()); };
  if (!ad.empty() && EVP_CipherUpdate(context, nullptr, &size, raw(ad), length(ad)) != 1) {
    return false;
  }
  return in.empty() || EVP_CipherUpdate(context, raw(out), &size, raw(in), length(in)) == 1;
}

}  // namespace

void chacha_poly_seal(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes plain, MutableBytes out) {
  const CipherContext context = context_of(key, nonce, 1);
  std::array<unsigned char, kChaChaTagBytes> rest;
  int size = 0;
  const bool works = pass_through(context.get(), ad, plain, out) &&
                     EVP_CipherFinal_ex(context.get(), rest.data(), &size) == 1 &&
                     EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kChaChaTagBytes,
                                         raw(out.subspan(plain.size(), kChaChaTagBytes))) == 1;
  UPDRAFT_ASSERT(works);
  (void)works;
}

bool chacha_poly_open(const Secret<32>& key, Bytes nonce, Bytes ad, Bytes sealed,
                      MutableBytes out) {
  if (sealed.size() < kChaChaTagBytes) return false;
  const CipherContext context = context_of(key, nonce, 0);
  std::array<std::byte, kChaChaTagBytes> tag;
  std::ranges::copy(sealed.last(kChaChaTagBytes), tag.begin());
  std::array<unsigned char, kChaChaTagBytes> rest;
  int size = 0;
  return pass_through(context.get(), ad, sealed.first(sealed.size() - kChaChaTagBytes), out) &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kChaChaTagBytes, tag.data()) ==
             1 &&
         EVP_CipherFinal_ex(context.get(), rest.data(), &size) == 1;
}

}  // namespace updraft::crypto
