// Noise_NNpsk0_25519_ChaChaPoly_SHA256 (noiseprotocol.org, revision 34), as ESPHome's OTA uses it:
// two messages of 48 bytes, then a key for each direction. The primitives are the
// crypto seam's.
//
//   NoiseHandshake ours(NoiseHandshake::Side::initiator, key, prologue);
//   ours.write(message);             // to the other side
//   if (!ours.read(their_message))   // wrong key, or changed on the way
//   NoiseCipher out = ours.sends(), in = ours.receives();
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/crypto/random.hpp"
#include "engine/crypto/secret.hpp"
#include "engine/crypto/x25519.hpp"

namespace updraft::link {

using NoiseKey = crypto::Secret<32>;

// As ESPHome's configuration has it: 32 bytes in base64, 44 characters. nullopt: it is none.
std::optional<NoiseKey> read_noise_key(std::string_view text);

inline constexpr std::size_t kNoisePointBytes = crypto::kX25519Bytes;
inline constexpr std::size_t kNoiseTagBytes = 16;
inline constexpr std::size_t kNoiseMessageBytes = kNoisePointBytes + kNoiseTagBytes;

// One direction: each call counts its nonce up.
class NoiseCipher {
 public:
  NoiseCipher() = default;
  explicit NoiseCipher(const NoiseKey& key) : key_(key) {}
  // `out`: kNoiseTagBytes longer than `plain`, with which it may begin.
  void seal(Bytes ad, Bytes plain, MutableBytes out);
  // False: not what the other side has sealed. `out`: kNoiseTagBytes shorter; likewise.
  bool open(Bytes ad, Bytes sealed, MutableBytes out);

 private:
  NoiseKey key_;
  std::uint64_t count_ = 0;
};

class NoiseHandshake {
 public:
  enum class Side : std::uint8_t { initiator, responder };
  NoiseHandshake(Side side, const NoiseKey& psk, Bytes prologue,
                 crypto::RandomSource random = &crypto::random_bytes);

  // The initiator writes, then reads; the responder the other way round. kNoiseMessageBytes.
  void write(MutableBytes message);
  bool read(Bytes message);

  // Once both are done.
  NoiseCipher sends() const { return NoiseCipher(side_ == Side::initiator ? first_ : second_); }
  NoiseCipher receives() const { return NoiseCipher(side_ == Side::initiator ? second_ : first_); }

 private:
  void mix_hash(Bytes bytes);
  void mix_key(Bytes input);
  bool mix_shared();
  void split();

  Side side_;
  bool has_written_ = false, has_read_ = false;
  NoiseKey chaining_, private_;
  crypto::Sha256Digest hash_{};
  NoiseCipher cipher_;
  crypto::X25519Point public_{}, theirs_{};
  NoiseKey first_, second_;  // of the initiator's direction, and the other
};

}  // namespace updraft::link
