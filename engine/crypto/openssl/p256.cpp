#include "engine/crypto/p256.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "engine/crypto/openssl/p256_point.hpp"
#include "engine/crypto/raw_bytes.hpp"

namespace updraft::crypto {
namespace {

using Number = Owned<BIGNUM, BN_clear_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Context = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

// The point that every public key is a multiple of.
constexpr std::array<std::uint8_t, kP256PointBytes> kGenerator = {
    0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2,
    0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16,
    0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5};

bool in_range(const BIGNUM* scalar) {
  const Owned<EC_GROUP, EC_GROUP_free> group(EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1));
  return BN_is_zero(scalar) == 0 && BN_cmp(scalar, EC_GROUP_get0_order(group.get())) < 0;
}

}  // namespace

P256PrivateKey::~P256PrivateKey() { EVP_PKEY_free(state_.key); }

bool P256PrivateKey::load(const Secret<32>& scalar) {
  const Bytes bytes = scalar.reveal();
  const Number number(BN_secure_new());
  BN_bin2bn(raw(bytes), static_cast<int>(bytes.size()), number.get());
  if (!in_range(number.get())) return false;
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  EvpKey key = make_p256_key(builder.get(), EVP_PKEY_KEYPAIR);
  if (!key) return false;
  EVP_PKEY_free(state_.key);
  state_.key = key.release();
  // The first one makes what OpenSSL keeps for all: it belongs to the start, not to an update.
  (void)agree(std::as_bytes(std::span(kGenerator)));
  return true;
}

std::optional<Secret<32>> P256PrivateKey::agree(Bytes point) {
  const EvpKey peer = p256_point_key(point);
  const Context context(
      EVP_PKEY_CTX_new(state_.key, nullptr));  // a new one each time: it would remember the peer
  std::array<std::byte, 32> shared{};
  std::size_t size = shared.size();
  const bool agreed = peer && EVP_PKEY_derive_init(context.get()) == 1 &&
                      EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
                      EVP_PKEY_derive(context.get(), raw(MutableBytes(shared)), &size) == 1;
  ERR_clear_error();
  if (!agreed) return std::nullopt;
  Secret<32> secret{Bytes(shared)};
  wipe(shared);
  return secret;
}

}  // namespace updraft::crypto
