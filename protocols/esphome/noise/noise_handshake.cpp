#include "protocols/esphome/noise/noise_handshake.hpp"

#include <algorithm>
#include <memory>

#include <openssl/evp.h>

#include "engine/core/assert.hpp"
#include "engine/crypto/hmac.hpp"
#include "engine/crypto/raw_bytes.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kNoiseName = "Noise_NNpsk0_25519_ChaChaPoly_SHA256";

using OwnedKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using OwnedKeyContext = std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)>;
using OwnedCipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

OwnedKey private_key(const NoiseKey& key) {
  const Bytes bytes = key.reveal();
  return {EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, crypto::raw(bytes), bytes.size()),
          &EVP_PKEY_free};
}

// False: the other point is of small order, so there is no secret in it.
bool shared_secret(const NoiseKey& ours, Bytes theirs, std::array<std::byte, 32>& out) {
  const OwnedKey key = private_key(ours);
  const OwnedKey peer{
      EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, crypto::raw(theirs), theirs.size()),
      &EVP_PKEY_free};
  const OwnedKeyContext context{EVP_PKEY_CTX_new(key.get(), nullptr), &EVP_PKEY_CTX_free};
  std::size_t size = out.size();
  return peer && context && EVP_PKEY_derive_init(context.get()) == 1 &&
         EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1 &&
         EVP_PKEY_derive(context.get(), crypto::raw(MutableBytes(out)), &size) == 1;
}

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

OwnedCipher cipher_of(const NoiseKey& key, std::uint64_t count, int encrypts) {
  OwnedCipher context{EVP_CIPHER_CTX_new(), &EVP_CIPHER_CTX_free};
  const auto nonce = nonce_of(count);
  const bool works =
      EVP_CipherInit_ex(context.get(), EVP_chacha20_poly1305(), nullptr, crypto::raw(key.reveal()),
                        crypto::raw(Bytes(nonce)), encrypts) == 1;
  UPDRAFT_ASSERT(works);
  (void)works;
  return context;
}

// The content; an AEAD gives all of it at once.
bool process(EVP_CIPHER_CTX* context, Bytes ad, Bytes in, MutableBytes out) {
  int size = 0;
  const auto length = [](Bytes bytes) { return static_cast<int>(bytes.size()); };
  if (!ad.empty() && EVP_CipherUpdate(context, nullptr, &size, crypto::raw(ad), length(ad)) != 1) {
    return false;
  }
  return in.empty() ||
         EVP_CipherUpdate(context, crypto::raw(out), &size, crypto::raw(in), length(in)) == 1;
}

}  // namespace

void NoiseCipher::seal(Bytes ad, Bytes plain, MutableBytes out) {
  const OwnedCipher context = cipher_of(key_, count_++, 1);
  (void)process(context.get(), ad, plain, out);
  std::array<unsigned char, kNoiseTagBytes> rest;
  int size = 0;
  (void)EVP_CipherFinal_ex(context.get(), rest.data(), &size);
  (void)EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kNoiseTagBytes,
                            crypto::raw(out.subspan(plain.size(), kNoiseTagBytes)));
}

bool NoiseCipher::open(Bytes ad, Bytes sealed, MutableBytes out) {
  if (sealed.size() < kNoiseTagBytes) return false;
  const OwnedCipher context = cipher_of(key_, count_++, 0);
  std::array<std::byte, kNoiseTagBytes> tag;
  std::ranges::copy(sealed.last(kNoiseTagBytes), tag.begin());
  std::array<unsigned char, kNoiseTagBytes> rest;
  int size = 0;
  return process(context.get(), ad, sealed.first(sealed.size() - kNoiseTagBytes), out) &&
         EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kNoiseTagBytes, tag.data()) ==
             1 &&
         EVP_CipherFinal_ex(context.get(), rest.data(), &size) == 1;
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
  std::size_t size = public_.size();
  (void)EVP_PKEY_get_raw_public_key(private_key(private_).get(), crypto::raw(MutableBytes(public_)),
                                    &size);
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

bool NoiseHandshake::mix_shared() {
  std::array<std::byte, 32> shared{};
  const bool works = shared_secret(private_, theirs_, shared);
  mix_key(shared);
  crypto::wipe(shared);
  return works;
}

void NoiseHandshake::split() {
  const auto keys = derive<2>(chaining_, {});
  first_ = keys[0];
  second_ = keys[1];
}

}  // namespace updraft::link
