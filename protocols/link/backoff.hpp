// How long to wait before a lost peer is called again: twice as long from try to try, up to a
// limit, and each time another part of it, so that a thousand devices do not come back in one
// moment.
#pragma once
#include <algorithm>
#include <array>

#include "updraft/time.hpp"

#include "engine/crypto/random.hpp"

namespace updraft::link {

inline constexpr Millis kFirstBackoff{1'000};
inline constexpr Millis kLongestBackoff{60'000};  // a broker is back for a minute before all know

class Backoff {
 public:
  explicit Backoff(crypto::RandomSource random = crypto::random_bytes) : random_(random) {}

  // From half of it to all of it.
  Millis next() {
    std::array<std::byte, 4> bytes{};
    random_(bytes);
    const Millis half = pause_ / 2;
    pause_ = std::min(2 * pause_, kLongestBackoff);
    return half + Millis{load_le32(bytes, 0) % (half.count() + 1)};
  }
  void reset() { pause_ = kFirstBackoff; }  // it worked

 private:
  crypto::RandomSource random_;
  Millis pause_ = kFirstBackoff;
};

}  // namespace updraft::link
