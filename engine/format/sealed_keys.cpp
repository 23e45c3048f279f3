#include "engine/format/sealed_keys.hpp"

namespace updraft::format {
namespace {

constexpr std::uint32_t kIterations = 2048;
constexpr std::array<std::uint8_t, 32> kScalarSalt = {
    0x0e, 0x21, 0x60, 0x64, 0x2d, 0xae, 0x76, 0xd3, 0x34, 0x48, 0xe4, 0x3d, 0x77, 0x20, 0x12, 0x3d,
    0x9f, 0x3b, 0x1e, 0xce, 0xb8, 0x8e, 0x57, 0x3a, 0x4e, 0x8f, 0x7f, 0xb9, 0x4f, 0xf0, 0xc8, 0x69};
constexpr std::string_view kContentInfo = "_esp_enc_img_ecc";

}  // namespace

crypto::Secret<32> ecies_scalar(const crypto::Secret<32>& hmac_key) {
  return crypto::pbkdf2_sha256(hmac_key.reveal(), std::as_bytes(std::span(kScalarSalt)),
                               kIterations);
}

bool ecies_scalar(crypto::HmacUnit& unit, crypto::Secret<32>& scalar) {
  return crypto::pbkdf2_sha256(unit, std::as_bytes(std::span(kScalarSalt)), kIterations, scalar);
}

crypto::Secret<32> ecies_content_key(const crypto::Secret<32>& shared, Bytes salt) {
  return crypto::hkdf_sha256(shared.reveal(), salt, as_bytes(kContentInfo));
}

std::string_view SealedKeys::held() const {
  if (rsa_.loaded() && ecies_.loaded()) return "both";
  if (rsa_.loaded()) return name(Seal::rsa);
  return ecies_.loaded() ? name(Seal::ecies) : "none";
}

Result<crypto::Secret<32>> SealedKeys::content_key(const SealedHeader& header) {
  if (!has(header.scheme)) return fail(Code::wrong_key, Where::gate, 0, 0, Reason::sealed_no_key);
  if (header.scheme == Seal::rsa) return rsa_.unwrap(header.wrapped_key);
  const auto shared = ecies_.agree(header.sender_point());
  if (!shared) return fail(Code::malformed, Where::gate);
  return ecies_content_key(*shared, header.salt());
}

}  // namespace updraft::format
