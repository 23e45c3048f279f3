#include "engine/crypto/pkcs1.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::crypto {
namespace {

constexpr std::size_t kKeyBytes = 32;

// FF if `b` is 0, else 00.
constexpr unsigned zero_mask(unsigned b) { return ((b - 1) & ~b) >> 8 & 0xFF; }
static_assert(zero_mask(0) == 0xFF && zero_mask(1) == 0 && zero_mask(0x80) == 0 &&
              zero_mask(0xFF) == 0);

}  // namespace

Secret<32> unpad_key(Bytes block, const Secret<32>& otherwise) {
  const std::size_t zero_at = block.size() - kKeyBytes - 1;
  unsigned right = zero_mask(load_u8(block, 0)) & zero_mask(load_u8(block, 1) ^ 2u);
  for (std::size_t i = 2; i < zero_at; ++i) right &= ~zero_mask(load_u8(block, i));
  right &= zero_mask(load_u8(block, zero_at));

  return pick_key(right ^ 0xFF, block.last(kKeyBytes), otherwise);
}

Secret<32> pick_key(std::uint32_t wrong, Bytes key, const Secret<32>& otherwise) {
  const std::uint32_t right = ((wrong - 1) & ~wrong) >> 31;  // 1 or 0
  volatile std::uint32_t hidden = 0 - right;  // or the compiler may make a branch of it
  const auto mask = static_cast<std::byte>(hidden & 0xFF);
  const Bytes other = otherwise.reveal();
  std::array<std::byte, kKeyBytes> picked;
  for (std::size_t i = 0; i < kKeyBytes; ++i) picked[i] = (key[i] & mask) | (other[i] & ~mask);
  const Secret<32> result{Bytes(picked)};
  wipe(picked);
  return result;
}

Secret<32> rejection_of(Bytes private_key) {
  Sha256Digest digest = sha256(private_key);
  const Secret<32> secret{Bytes(digest)};
  wipe(digest);
  return secret;
}

}  // namespace updraft::crypto
