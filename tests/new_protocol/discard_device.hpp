// The device's end: what comes is the payload, and the end of the stream is its end.
#pragma once
#include <optional>

#include "updraft/intake.hpp"
#include "updraft/link.hpp"

#include "tests/new_protocol/discard.hpp"

namespace updraft::link {

inline constexpr Millis kDiscardSilenceMs{10'000};  // then the sender is gone

// [machine]
class DiscardDevice final : public Link {
 public:
  explicit DiscardDevice(Intake& intake) : intake_(intake) {}

  void on_connected(Instant now) override { silent_since_ = now; }
  void on_bytes(Bytes rx, Instant now) override;
  void on_peer_done(Instant now) override;
  void on_lost(Instant) override { give_up({Code::aborted, Where::link}); }
  void on_waiting(Instant now) override { silent_since_ = now; }
  void on_deadline(Instant) override { give_up({Code::timeout, Where::link}); }

  std::optional<Instant> deadline() const override { return silent_since_ + kDiscardSilenceMs; }
  Phase phase() const override { return closed_ ? Phase::closed : Phase::open; }
  bool proven() const override { return begun_; }
  Result<> outcome() const override { return outcome_; }

 private:
  void close(const Result<>& outcome);
  void give_up(const Error& why);

  Intake& intake_;
  bool begun_ = false;  // the session is ours
  bool closed_ = false;
  Result<> outcome_;
  Instant silent_since_{};
};
// [end]

}  // namespace updraft::link
