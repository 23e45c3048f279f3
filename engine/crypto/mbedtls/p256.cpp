#include "engine/crypto/p256.hpp"

#include <algorithm>

#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {
namespace {

struct CurveKey {
  CurveKey() {
    mbedtls_ecp_group_init(&group);
    mbedtls_mpi_init(&scalar);
  }
  ~CurveKey() {
    mbedtls_ecp_group_free(&group);
    mbedtls_mpi_free(&scalar);
  }
  CurveKey(const CurveKey&) = delete;
  CurveKey& operator=(const CurveKey&) = delete;

  mbedtls_ecp_group group;
  mbedtls_mpi scalar;
};

CurveKey* curve_key(const KeyState& state) { return static_cast<CurveKey*>(state.key); }

struct Shared {  // what one agreement needs
  Shared() {
    mbedtls_ecp_point_init(&theirs);
    mbedtls_mpi_init(&x);
  }
  ~Shared() {
    mbedtls_ecp_point_free(&theirs);
    mbedtls_mpi_free(&x);
  }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  mbedtls_ecp_point theirs;
  mbedtls_mpi x;
};

}  // namespace

P256PrivateKey::~P256PrivateKey() { drop_key(curve_key(state_)); }

bool P256PrivateKey::load(const Secret<32>& scalar) {
  CurveKey* const key = make_key<CurveKey>();
  if (key == nullptr) return false;
  const Bytes number = scalar.reveal();
  if (mbedtls_ecp_group_load(&key->group, MBEDTLS_ECP_DP_SECP256R1) != 0 ||
      mbedtls_mpi_read_binary(&key->scalar, raw(number), number.size()) != 0 ||
      mbedtls_ecp_check_privkey(&key->group, &key->scalar) != 0) {
    drop_key(key);
    return false;
  }
  drop_key(curve_key(state_));
  state_.key = key;
  return true;
}

std::optional<Secret<32>> P256PrivateKey::agree(Bytes point) {
  std::array<std::byte, 1 + kP256PointBytes> octets{std::byte{4}};
  if (point.size() != kP256PointBytes) return std::nullopt;
  std::ranges::copy(point, octets.begin() + 1);
  CurveKey* const key = curve_key(state_);
  Shared shared;
  std::array<std::byte, 32> x{};
  // The first two look at the point: whether it is on the curve.
  if (mbedtls_ecp_point_read_binary(&key->group, &shared.theirs, raw(Bytes(octets)),
                                    octets.size()) != 0 ||
      mbedtls_ecp_check_pubkey(&key->group, &shared.theirs) != 0 ||
      mbedtls_ecdh_compute_shared(&key->group, &shared.x, &shared.theirs, &key->scalar, blind,
                                  nullptr) != 0 ||
      mbedtls_mpi_write_binary(&shared.x, raw(MutableBytes(x)), x.size()) != 0) {
    return std::nullopt;
  }
  Secret<32> secret{Bytes(x)};
  wipe(x);
  return secret;
}

}  // namespace updraft::crypto
