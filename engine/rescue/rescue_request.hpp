// What an app leaves for the rescue app before it restarts into it: why, what for, and under which
// rules (spec/beyond-app.md section 4). One record in a flash sector of its own, 256 bytes,
// little-endian; it counts only if its CRC is right:
//
//   +0 'U' 'D' 'R' 'Q'   +4 layout u8   +5 reason u8   +6 flags u8 (1: armed)   +7 target bytes u8
//   +8 URL bytes u16     +10 00 00      +12 target[20]  +32 digest[32] of the app that ran
//   +64 URL[188]         +252 crc32 of 0..251
//
// It lives until the app starts again. One of a newer layout says nothing. With the target "rescue"
// it is no request: the app notes so that it is writing the rescue app, and that stays until this
// is whole.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

inline constexpr std::size_t kRequestBytes = 256;
inline constexpr std::size_t kRequestTarget = 20;  // "fs:" and a label of 16
inline constexpr std::size_t kRequestUrl =
    188;  // one page in all; a longer URL is not kept, and its sender comes again
inline constexpr std::uint8_t kRequestLayout = 1;

enum class RescueReason : std::uint8_t {
  boot_loop,     // what ran crashed kBootAttempts times in a row
  trial_failed,  // the new app was not confirmed, and there is no other
  asked,         // somebody restarted into it
  update,        // an update waits that only the rescue app can write
};
std::string_view name(RescueReason reason);  // as in events: "boot_loop", "trial_failed", ...

struct RescueRequest {
  RescueReason reason = RescueReason::asked;
  bool armed = false;  // the app was: what is not signed may come as its rules say
  Text<kRequestTarget> target{std::string_view("app")};
  crypto::Sha256Digest ran{};  // appended to the app that asked; zero: not known
  Text<kRequestUrl> url{};     // to be fetched from; empty: it is sent, "push"
  friend bool operator==(const RescueRequest&, const RescueRequest&) = default;
};

using RequestRecord = std::array<std::byte, kRequestBytes>;

RequestRecord make_request(const RescueRequest& request);
std::optional<RescueRequest> parse_request(Bytes record);  // nullopt: there is none

}  // namespace updraft
