// What a device asks a server next. A plain web server has one file, at the URL. The server of a
// fleet, whose URL ends in `/next`, is told who asks and what it has, and is asked for KeySets that
// are missing and for freshness tokens as well (spec/protocols/native.md section 3.1):
//
//   update    the URL; of a fleet next?id=kitchen&have=7&run=818e8b2dfcf5bcc7&state=valid&keyset=1
//   key_set   the next version       keyset/2
//   token     once a day             fresh?id=kitchen&nonce=000102030405060708090a0b0c0d0e0f
//   report    what it does not know  report, a POST
//
// Tells how to ask; WebPull asks.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

#include "updraft/boot_control.hpp"
#include "updraft/time.hpp"
#include "updraft/updater.hpp"

#include "engine/crypto/random.hpp"
#include "engine/update/signing.hpp"

namespace updraft::link {

inline constexpr Millis kFreshEvery = std::chrono::hours(24);
// So long without a valid token: somebody may keep releases from the device.
inline constexpr Millis kStaleAfter = std::chrono::hours(14 * 24);
inline constexpr std::size_t kTokenNonceBytes = 16;
inline constexpr std::size_t kMostPullId = 64;
bool is_pull_id(std::string_view id);  // 1 to kMostPullId of A-Z a-z 0-9 . _ -

// Who asks the server of a fleet. What it points at outlives the machine.
struct FleetMember {
  std::string_view id;                   // is_pull_id(); empty: no member
  const LeanUpdater* updater = nullptr;  // the engine
  Signing* signing = nullptr;            // nullptr: the device takes nothing signed
};

class WebQuestions {
 public:
  enum class Kind : std::uint8_t { update, key_set, token, report };

  WebQuestions(std::string_view url, const FleetMember& member, crypto::RandomSource random);

  bool is_fleet() const { return is_fleet_; }
  Kind kind() const { return kind_; }
  // Beside the URL; empty: the URL itself.
  std::string_view name() const { return {text_.data(), size_}; }
  Bytes nonce() const { return nonce_; }

  // The text of the question. `running`: the image that runs.
  void ask(Kind kind, const ImageName& running);
  std::uint64_t key_set() const;  // its version; 0: the device has none

  bool token_is_due(Instant now) const;
  void token_asked(Instant now) { token_asked_ = now; }
  void token_taken(Instant now) {
    fresh_ = now;
    told_stale_ = false;
  }
  // Once, after so long without a valid token.
  bool becomes_stale(Instant now);
  void started(Instant now);

 private:
  void add(std::string_view text);
  void add(std::uint64_t number);
  void add_hex(Bytes bytes);
  bool takes_tokens() const;

  FleetMember member_;
  crypto::RandomSource random_;
  bool is_fleet_;
  bool told_stale_ = false;
  Kind kind_ = Kind::update;
  std::optional<Instant> token_asked_, fresh_;
  std::array<std::byte, kTokenNonceBytes> nonce_{};
  std::array<char, 256> text_{};
  std::size_t size_ = 0;
};

}  // namespace updraft::link
