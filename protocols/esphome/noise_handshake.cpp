#include "protocols/esphome/noise_handshake.hpp"

#include <algorithm>
#include <string_view>

#include "engine/core/assert.hpp"
#include "engine/crypto/chacha_poly.hpp"
#include "engine/crypto/hmac.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kNoiseName = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";

// The HKDF of Noise: as many outputs as are asked for.
template <std::size_t N>
std::array<NoiseKey, N> derive(const NoiseKey& chaining, Bytes input) {
  const NoiseKey key = crypto::hmac_sha256(chaining.reveal(), input);
  std::array<NoiseKey, N> made;
  Bytes before;
  for (std::size_t i = 0; i < N; ++i) {
    const std::byte number[] = {static_cast<std::byte>(i + 1)};
    made[i] = crypto::hmac_sha256(key.reveal(), before, number);
    before = made[i].reveal();
  }
  return made;
}

// Four zeros, then the count, least significant byte first.
std::array<std::byte, 12> nonce_of(std::uint64_t count) {
  std::array<std::byte, 12> nonce{};
  store_le32(nonce, 4, static_cast<std::uint32_t>(count & 0xffffffff));
  store_le32(nonce, 8, static_cast<std::uint32_t>(count >> 32));
  return nonce;
}

}  // namespace

// 43 digits and one "=".
std::optional<NoiseKey> read_noise_key(std::string_view text) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  if (text.size() != 44 || text.back() != '=') return std::nullopt;
  text.remove_suffix(1);
  std::array<std::byte, 32> bytes;
  std::size_t size = 0;
  unsigned bits = 0, held = 0;
  for (const char c : text) {
    const std::size_t value = kDigits.find(c);
    if (value == kDigits.npos) return std::nullopt;
    bits = (bits << 6 | static_cast<unsigned>(value)) & 0xFFFFu;
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes[size++] = static_cast<std::byte>(bits >> held & 0xFFu);
  }
  NoiseKey made{Bytes(bytes)};
  crypto::wipe(bytes);
  return made;
}

void NoiseCipher::seal(Bytes ad, Bytes plain, MutableBytes out) {
  crypto::chacha_poly_seal(key_, nonce_of(count_++), ad, plain, out);
}

bool NoiseCipher::open(Bytes ad, Bytes sealed, MutableBytes out) {
  return crypto::chacha_poly_open(key_, nonce_of(count_++), ad, sealed, out);
}

// The name is longer than a digest, so its hash begins both the hash and the chain.
NoiseHandshake::NoiseHandshake(Side side, const NoiseKey& psk, Bytes prologue,
                               crypto::RandomSource random)
    : side_(side), hash_(crypto::sha256(as_bytes(kNoiseName))) {
  chaining_ = NoiseKey(Bytes(hash_));
  mix_hash(prologue);
  const auto keys = derive<3>(chaining_, psk.reveal());
  chaining_ = keys[0];
  mix_hash(keys[1].reveal());
  cipher_ = NoiseCipher(keys[2]);
  std::array<std::byte, 32> bits;
  random(bits);
  private_ = NoiseKey(Bytes(bits));
  crypto::wipe(bits);
  const auto point = crypto::x25519(private_, crypto::kX25519Base);
  UPDRAFT_ASSERT(point);
  if (point) std::ranges::copy(point->reveal(), public_.begin());
}

void NoiseHandshake::write(MutableBytes message) {
  std::ranges::copy(public_, message.begin());
  mix_hash(public_);
  mix_key(public_);
  has_written_ = true;
  if (has_read_) (void)mix_shared();
  const MutableBytes tag = message.subspan(kNoisePointBytes, kNoiseTagBytes);
  cipher_.seal(hash_, {}, tag);
  mix_hash(tag);
  if (has_read_) split();
}

bool NoiseHandshake::read(Bytes message) {
  if (message.size() != kNoiseMessageBytes) return false;
  std::ranges::copy(message.first(kNoisePointBytes), theirs_.begin());
  mix_hash(theirs_);
  mix_key(theirs_);
  has_read_ = true;
  if (has_written_ && !mix_shared()) return false;
  const Bytes tag = message.subspan(kNoisePointBytes);
  if (!cipher_.open(hash_, tag, {})) return false;
  mix_hash(tag);
  if (has_written_) split();
  return true;
}

void NoiseHandshake::mix_hash(Bytes bytes) {
  crypto::Sha256 hash;
  hash.update(hash_);
  hash.update(bytes);
  hash_ = hash.finish();
}

void NoiseHandshake::mix_key(Bytes input) {
  const auto keys = derive<2>(chaining_, input);
  chaining_ = keys[0];
  cipher_ = NoiseCipher(keys[1]);
}

// False: the other point is of small order, so there is no secret in it.
bool NoiseHandshake::mix_shared() {
  const auto shared = crypto::x25519(private_, theirs_);
  mix_key(shared.value_or(NoiseKey()).reveal());
  return shared.has_value();
}

void NoiseHandshake::split() {
  const auto keys = derive<2>(chaining_, {});
  first_ = keys[0];
  second_ = keys[1];
}

}  // namespace updraft::link
