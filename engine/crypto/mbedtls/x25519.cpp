#include "engine/crypto/x25519.hpp"

#include <algorithm>

#include <mbedtls/ecdh.h>
#include <mbedtls/ecp.h>

#include "engine/crypto/mbedtls/raw.hpp"

namespace updraft::crypto {
namespace {

struct Agreement {
  Agreement() {
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&theirs);
    mbedtls_mpi_init(&mine);
    mbedtls_mpi_init(&shared);
  }
  ~Agreement() {
    mbedtls_ecp_group_free(&group);
    mbedtls_ecp_point_free(&theirs);
    mbedtls_mpi_free(&mine);
    mbedtls_mpi_free(&shared);
  }
  Agreement(const Agreement&) = delete;
  Agreement& operator=(const Agreement&) = delete;

  mbedtls_ecp_group group;
  mbedtls_ecp_point theirs;
  mbedtls_mpi mine, shared;
};

// RFC 7748 section 5.
std::array<std::byte, kX25519Bytes> clamped(Bytes scalar) {
  std::array<std::byte, kX25519Bytes> made;
  std::ranges::copy(scalar, made.begin());
  made.front() &= std::byte{0xF8};
  made.back() &= std::byte{0x7F};
  made.back() |= std::byte{0x40};
  return made;
}

bool is_zero(Bytes bytes) {
  std::byte any{0};
  for (const std::byte one : bytes) any |= one;
  return any == std::byte{0};
}

}  // namespace

std::optional<Secret<32>> x25519(const Secret<32>& mine, Bytes theirs) {
  if (theirs.size() != kX25519Bytes) return std::nullopt;
  Agreement with;
  auto scalar = clamped(mine.reveal());
  std::array<std::byte, kX25519Bytes> point, shared{};
  std::ranges::copy(theirs, point.begin());
  point.back() &= std::byte{0x7F};
  const bool agreed =
      mbedtls_ecp_group_load(&with.group, MBEDTLS_ECP_DP_CURVE25519) == 0 &&
      mbedtls_mpi_read_binary_le(&with.mine, raw(Bytes(scalar)), scalar.size()) == 0 &&
      mbedtls_ecp_point_read_binary(&with.group, &with.theirs, raw(Bytes(point)), point.size()) ==
          0 &&
      mbedtls_ecdh_compute_shared(&with.group, &with.shared, &with.theirs, &with.mine, blind,
                                  nullptr) == 0 &&
      mbedtls_mpi_write_binary_le(&with.shared, raw(MutableBytes(shared)), shared.size()) == 0;
  wipe(scalar);
  if (!agreed || is_zero(shared)) return std::nullopt;
  Secret<32> secret{Bytes(shared)};
  wipe(shared);
  return secret;
}

}  // namespace updraft::crypto
