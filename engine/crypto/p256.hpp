// ECDH on the curve P-256, our end.
#pragma once
#include <optional>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"
#include "updraft_key_backend.hpp"

namespace updraft::crypto {

inline constexpr std::size_t kP256PointBytes = 64;  // X and Y, big-endian, without the 04 in front

// May allocate in load() and in agree(); what agree() took is given back before it returns. Not
// thread-safe.
class P256PrivateKey {
 public:
  P256PrivateKey() = default;
  ~P256PrivateKey();
  P256PrivateKey(const P256PrivateKey&) = delete;
  P256PrivateKey& operator=(const P256PrivateKey&) = delete;
  // Big-endian. False: 0, or not below the order of the curve.
  bool load(const Secret<32>& scalar);
  bool loaded() const { return state_.key != KeyState{}.key; }
  // The x-coordinate of what both ends share. nullopt: that is no point of the curve.
  std::optional<Secret<32>> agree(Bytes point);

 private:
  KeyState state_;
};

}  // namespace updraft::crypto
