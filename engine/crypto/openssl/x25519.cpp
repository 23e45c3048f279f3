#include "engine/crypto/x25519.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>

#include "engine/crypto/raw_bytes.hpp"
#include "updraft_openssl_owned.hpp"

namespace updraft::crypto {
namespace {

using AgreeKey = Owned<EVP_PKEY, EVP_PKEY_free>;
using AgreeContext = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

}  // namespace

std::optional<Secret<32>> x25519(const Secret<32>& mine, Bytes theirs) {
  const Bytes bytes = mine.reveal();
  const AgreeKey key(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, raw(bytes), bytes.size()));
  const AgreeKey peer(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, raw(theirs), theirs.size()));
  const AgreeContext context(EVP_PKEY_CTX_new(key.get(), nullptr));
  std::array<std::byte, 32> shared{};
  std::size_t size = shared.size();
  const bool agreed = peer && context && EVP_PKEY_derive_init(context.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                      EVP_PKEY_derive(context.get(), raw(MutableBytes(shared)), &size) == 1;
  ERR_clear_error();
  if (!agreed) return std::nullopt;
  Secret<32> secret{Bytes(shared)};
  wipe(shared);
  return secret;
}

}  // namespace updraft::crypto
