#include "engine/crypto/openssl/p256_point.hpp"

#include <array>

#include <openssl/core_names.h>
#include <openssl/err.h>

#include "engine/crypto/p256.hpp"

namespace updraft::crypto {
namespace {

using Params = Owned<OSSL_PARAM, OSSL_PARAM_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Context = Owned<EVP_PKEY_CTX, EVP_PKEY_CTX_free>;

constexpr char kGroup[] = "P-256";

}  // namespace

EvpKey make_p256_key(OSSL_PARAM_BLD* builder, int selection) {
  OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0);
  const Params params(OSSL_PARAM_BLD_to_param(builder));
  const Context context(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    key = nullptr;
  }
  ERR_clear_error();
  return EvpKey(key);
}

EvpKey p256_point_key(Bytes point) {
  std::array<std::byte, 1 + kP256PointBytes> octets{std::byte{4}};
  if (point.size() != kP256PointBytes) return nullptr;
  std::ranges::copy(point, octets.begin() + 1);
  const Builder builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, octets.data(),
                                   octets.size());
  return make_p256_key(builder.get(), EVP_PKEY_PUBLIC_KEY);
}

}  // namespace updraft::crypto
