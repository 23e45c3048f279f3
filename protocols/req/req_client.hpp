// Package requests, the device's end: the twin of protocols/req/SPEC.md section 7. Asks for one
// package after the other and hands each on when it is complete, never a part of one.
//
//   state    what happens                                          left by
//   head     a request is out; gathers the package's head          a head; a broken one; 5 s
//   data     gathers the package's data                            all of it; 5 s since the request
//   hush     drops what comes until nothing comes for 500 ms       silence: the next request; 5 s
//   closed   outcome() tells
//
// A broken package (a head that does not parse or fit the ones before, bytes after it that nobody
// asked for, or not complete in time) is asked for again after a hush, kReqResends times. The first
// package, which an original server cannot repeat, and the last one, which it will not, are not
// asked for again: they end the connection, and the next one starts from the first package. After a
// repeated package there is a hush too: its first copy may only have been late, and packages carry
// no number to tell it from the next one. For the same reason, once something was repeated, a
// package that begins like the one before it ends the connection: the answer to a req1 whose req0
// never arrived looks like that.
//
// Nothing in this protocol proves who sends or what arrives; the image's own hash does the latter.
// RAM: one package of 4096 bytes, which also holds its head, and less than 200 more.
//
// Errors, besides the engine's: too_big (N above the slot; judged before a byte is asked to be
// written), protocol, timeout, payload_missing (an end before the first package was complete),
// aborted (an end later; `found` of `expected` bytes were taken).
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "protocols/req/req_head.hpp"

namespace updraft::link {

inline constexpr unsigned kReqResends = 3;         // of one package
inline constexpr Millis kReqPackageMs{5'000};      // for a whole package; for a hush to come
inline constexpr Millis kReqSilenceMs{500};        // that is a hush
inline constexpr Millis kReqTotalMs{3'600'000};    // for the whole connection
inline constexpr std::size_t kReqAlikeBytes = 64;  // that make two packages alike

class ReqClient final : public Link, private Holder {
 public:
  struct Config {
    std::uint64_t slot_size = 0;  // bytes that the update slot holds
  };
  // `intake` must outlive the client.
  ReqClient(Intake& intake, const Config& config) : intake_(intake), config_(config) {}

  void on_connected(Instant now) override;
  void on_bytes(Bytes rx, Instant now) override;
  void on_lost(Instant now) override;
  void on_waiting(Instant now) override;
  void on_deadline(Instant now) override;
  // Each request in one piece, if there is room for its 8 bytes.
  std::size_t write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;
  Phase phase() const override { return state_ == State::closed ? Phase::closed : Phase::open; }
  bool proven() const override { return received_ > 0; }
  Result<> outcome() const override { return outcome_; }

  // For progress displays: bytes of the file that were handed on; total 0: not known yet.
  std::uint64_t received() const { return received_; }
  std::uint64_t total() const { return total_; }

 private:
  enum class State : std::uint8_t { head, data, hush, closed };

  void on_taken_over() override;
  void ask(std::string_view request);
  void hush(std::string_view then);
  void enter(State state);
  Bytes take_head(Bytes rx);  // returns the bytes after the head
  Bytes take_data(Bytes rx);
  void judge_head();
  void accept();
  bool came_before();
  Result<> hand_on();
  bool at_the_last() const;
  void spoil(const Error& why);  // this package is broken
  void end(const Error& why);

  Intake& intake_;
  Config config_;
  State state_ = State::head;
  Result<> outcome_;
  std::string_view unsent_;  // of the current request
  std::string_view next_;    // request after the hush
  std::uint64_t total_ = 0;  // N
  std::uint64_t received_ = 0;
  std::size_t length_ = 0;   // L of the package in hand
  std::size_t longest_ = 0;  // L of the longest so far
  std::size_t filled_ = 0;   // bytes in package_
  unsigned resends_ = 0;     // of the package in hand
  bool disturbed_ = false;   // the package before this one had to be repeated
  std::uint32_t crc_ = 0;    // of the first bytes of the package before this one
  std::array<std::byte, kReqPackageBytes> package_{};  // its head, then its data
  Instant started_{};
  Instant now_{};                                 // as last told
  Instant entered_{};                             // when this state began to wait
  Instant silent_since_{};                        // when bytes came last
  bool just_entered_ = true, just_heard_ = true;  // the next on_waiting() starts these clocks
};

}  // namespace updraft::link
