// Bytes that must not leak: keys, IVs, passwords' digests. Wiped when they go, not printable, and
// not comparable but through ct_equal() (security.md section 5).
#pragma once
#include <array>

#include "updraft/bytes.hpp"

namespace updraft::crypto {

// Overwrites memory in a way that the compiler may not remove.
void wipe(MutableBytes bytes);

// True if both are equal; takes the same time whatever differs. Lengths are public: if they differ,
// the answer comes early.
bool ct_equal(Bytes a, Bytes b);

template <std::size_t N>
class Secret {
 public:
  Secret() = default;
  // Copies the first N bytes; shorter input is filled up with zeros.
  explicit Secret(Bytes bytes) {
    std::copy_n(bytes.begin(), std::min(N, bytes.size()), bytes_.begin());
  }
  Secret(const Secret&) = default;
  Secret& operator=(const Secret&) = default;
  ~Secret() { wipe(bytes_); }
  Bytes reveal() const { return bytes_; }         // for the crypto backend only
  bool operator==(const Secret&) const = delete;  // ct_equal() is the way

 private:
  std::array<std::byte, N> bytes_{};
};

}  // namespace updraft::crypto
