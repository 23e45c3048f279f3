// FIPS 197, AES-256, decryption by the straightforward inverse.
#include "engine/crypto/aes.hpp"

namespace updraft::crypto {
namespace {

using Block = std::array<std::uint8_t, 16>;
constexpr std::size_t kRounds = 14;

constexpr std::uint8_t twice(std::uint8_t a) {
  return static_cast<std::uint8_t>((a << 1) ^ ((a & 0x80) != 0 ? 0x1b : 0));
}

constexpr std::uint8_t times(std::uint8_t a, std::uint8_t b) {
  std::uint8_t product = 0;
  for (; b != 0; b >>= 1, a = twice(a)) {
    if ((b & 1) != 0) product ^= a;
  }
  return product;
}

// The S-box from its definition: inverse in GF(2^8), then an affine map.
constexpr std::array<std::uint8_t, 256> make_box() {
  std::array<std::uint8_t, 256> box{};
  std::uint8_t p = 1, q = 1;  // q is the inverse of p throughout
  do {
    p = static_cast<std::uint8_t>(p ^ twice(p));
    q = static_cast<std::uint8_t>(q ^ (q << 1));
    q = static_cast<std::uint8_t>(q ^ (q << 2));
    q = static_cast<std::uint8_t>(q ^ (q << 4));
    if ((q & 0x80) != 0) q ^= 0x09;
    const unsigned twin = q * 0x101u;  // so that shifts are rotations
    box[p] = static_cast<std::uint8_t>(
        (q ^ (twin >> 7) ^ (twin >> 6) ^ (twin >> 5) ^ (twin >> 4) ^ 0x63) & 0xff);
  } while (p != 1);
  box[0] = 0x63;
  return box;
}
constexpr std::array<std::uint8_t, 256> kBox = make_box();

constexpr std::array<std::uint8_t, 256> make_inverse() {
  std::array<std::uint8_t, 256> inverse{};
  for (std::size_t i = 0; i < 256; ++i) inverse[kBox[i]] = static_cast<std::uint8_t>(i);
  return inverse;
}
constexpr std::array<std::uint8_t, 256> kInverse = make_inverse();

std::uint32_t substitute(std::uint32_t word) {
  std::uint32_t out = 0;
  for (unsigned i = 0; i < 32; i += 8) out |= std::uint32_t{kBox[(word >> i) & 0xff]} << i;
  return out;
}

void add_key(Block& s, const std::array<std::uint32_t, 60>& keys, std::size_t round) {
  for (std::size_t i = 0; i < 16; ++i) {
    s[i] ^= static_cast<std::uint8_t>(keys[round * 4 + i / 4] >> (8 * (i % 4)));
  }
}

// Row r of the state turns by r columns: left to encrypt, right to decrypt.
void shift_rows(Block& s, bool left) {
  const Block old = s;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t row = i % 4;
    s[i] = old[(i + (left ? 4 * row : 16 - 4 * row)) % 16];
  }
}

void mix_columns(Block& s, const std::array<std::uint8_t, 4>& by) {
  for (std::size_t c = 0; c < 16; c += 4) {
    const std::array<std::uint8_t, 4> old = {s[c], s[c + 1], s[c + 2], s[c + 3]};
    for (std::size_t r = 0; r < 4; ++r) {
      s[c + r] = 0;
      for (std::size_t k = 0; k < 4; ++k) s[c + r] ^= times(old[k], by[(k + 4 - r) % 4]);
    }
  }
}

void encrypt(Block& s, const std::array<std::uint32_t, 60>& keys) {
  add_key(s, keys, 0);
  for (std::size_t round = 1; round <= kRounds; ++round) {
    for (std::uint8_t& b : s) b = kBox[b];
    shift_rows(s, true);
    if (round < kRounds) mix_columns(s, {2, 3, 1, 1});
    add_key(s, keys, round);
  }
}

void decrypt(Block& s, const std::array<std::uint32_t, 60>& keys) {
  for (std::size_t round = kRounds; round >= 1; --round) {
    add_key(s, keys, round);
    if (round < kRounds) mix_columns(s, {14, 11, 13, 9});
    shift_rows(s, false);
    for (std::uint8_t& b : s) b = kInverse[b];
  }
  add_key(s, keys, 0);
}

}  // namespace

Aes256::Aes256(AesMode mode, AesDirection direction, const Secret<32>& key, const Secret<16>& iv)
    : iv_(iv) {
  auto& w = state_.round_keys;
  for (std::size_t i = 0; i < 8; ++i) w[i] = load_le32(key.reveal(), i * 4);
  std::uint8_t constant = 1;
  for (std::size_t i = 8; i < w.size(); ++i) {
    std::uint32_t word = w[i - 1];
    if (i % 8 == 0) {
      word = substitute((word >> 8) | (word << 24)) ^ constant;
      constant = twice(constant);
    } else if (i % 8 == 4) {
      word = substitute(word);
    }
    w[i] = w[i - 8] ^ word;
  }
  state_.cbc = mode == AesMode::cbc;
  state_.encrypting = direction == AesDirection::encrypt;
  reset();
}

Aes256::~Aes256() = default;

void Aes256::reset() { std::copy(iv_.reveal().begin(), iv_.reveal().end(), state_.chain.begin()); }

void Aes256::process(Bytes in, MutableBytes out) {
  for (std::size_t at = 0; at < in.size(); at += kAesBlock) {
    Block s;
    std::array<std::byte, kAesBlock> taken;
    std::copy_n(in.begin() + static_cast<int>(at), kAesBlock, taken.begin());
    for (std::size_t i = 0; i < kAesBlock; ++i) {
      s[i] = std::to_integer<std::uint8_t>(taken[i]);
      if (state_.cbc && state_.encrypting) {
        s[i] ^= std::to_integer<std::uint8_t>(state_.chain[i]);
      }
    }
    state_.encrypting ? encrypt(s, state_.round_keys) : decrypt(s, state_.round_keys);
    for (std::size_t i = 0; i < kAesBlock; ++i) {
      out[at + i] = static_cast<std::byte>(s[i]);
      if (state_.cbc && !state_.encrypting) out[at + i] ^= state_.chain[i];
      state_.chain[i] = state_.encrypting ? out[at + i] : taken[i];
    }
  }
}

}  // namespace updraft::crypto
