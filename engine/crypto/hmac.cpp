#include "engine/crypto/hmac.hpp"

#include <algorithm>

#include "engine/crypto/digest.hpp"

namespace updraft::crypto {
namespace {

constexpr std::size_t kHashBlock = 64;  // block size of SHA-256
constexpr std::byte kInner{0x36}, kOuter{0x5C};
constexpr std::byte kFirst[] = {std::byte{0}, std::byte{0}, std::byte{0}, std::byte{1}};

// The key as HMAC uses it: hashed if it is longer than a block, then filled up with zeros.
Secret<kHashBlock> block_of(Bytes key) {
  if (key.size() <= kHashBlock) return Secret<kHashBlock>(key);
  Sha256Digest digest = sha256(key);
  const Secret<kHashBlock> block{Bytes(digest)};
  wipe(digest);
  return block;
}

void start(Sha256& hash, const Secret<kHashBlock>& key, std::byte pad) {
  std::array<std::byte, kHashBlock> block;
  const Bytes bytes = key.reveal();
  std::transform(bytes.begin(), bytes.end(), block.begin(), [pad](std::byte b) { return b ^ pad; });
  hash.reset();
  hash.update(block);
  wipe(block);
}

}  // namespace

Secret<32> hmac_sha256(Bytes key, Bytes data, Bytes more) {
  const Secret<kHashBlock> block = block_of(key);
  Sha256 hash;
  start(hash, block, kInner);
  hash.update(data);
  hash.update(more);
  Sha256Digest digest = hash.finish();
  start(hash, block, kOuter);
  hash.update(digest);
  digest = hash.finish();
  const Secret<32> mac{Bytes(digest)};
  wipe(digest);
  return mac;
}

Secret<32> hkdf_sha256(Bytes input, Bytes salt, Bytes info) {
  const Secret<32> extracted = hmac_sha256(salt, input);
  return hmac_sha256(extracted.reveal(), info, Bytes(kFirst).last(1));
}

bool pbkdf2_sha256(HmacUnit& unit, Bytes salt, std::uint32_t iterations, Secret<32>& key) {
  Secret<32> round;
  if (!unit.mac(salt, kFirst, round)) return false;
  std::array<std::byte, 32> sum;
  std::ranges::copy(round.reveal(), sum.begin());
  bool works = true;
  for (std::uint32_t i = 1; works && i < iterations; ++i) {
    const Secret<32> last = round;
    works = unit.mac(last.reveal(), {}, round);
    const Bytes bytes = round.reveal();
    std::transform(sum.begin(), sum.end(), bytes.begin(), sum.begin(),
                   [](std::byte a, std::byte b) { return a ^ b; });
  }
  if (works) key = Secret<32>{Bytes(sum)};
  wipe(sum);
  return works;
}

Secret<32> pbkdf2_sha256(Bytes password, Bytes salt, std::uint32_t iterations) {
  struct Readable final : HmacUnit {
    explicit Readable(Bytes it) : key(it) {}
    bool mac(Bytes data, Bytes more, Secret<32>& out) override {
      out = hmac_sha256(key, data, more);
      return true;
    }
    Bytes key;
  } unit(password);
  Secret<32> key;
  (void)pbkdf2_sha256(unit, salt, iterations, key);
  return key;
}

}  // namespace updraft::crypto
