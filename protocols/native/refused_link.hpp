// Makes a peer wait whose handshake failed: it keeps its place for a second before it is sent away,
// so that keys cannot be tried faster (spec/protocols/native.md 1.1).
#pragma once
#include <optional>

#include "updraft/link.hpp"

namespace updraft::link {

inline constexpr Millis kTlsFailDelayMs{1'000};

class RefusedLink final : public Link {
 public:
  explicit RefusedLink(Link& inner) : inner_(inner) {}  // which outlives it

  void on_connected(Instant now) override { inner_.on_connected(now); }
  void on_bytes(Bytes rx, Instant now) override {
    if (!until_) inner_.on_bytes(rx, now);
    look(now);
  }
  void on_peer_done(Instant now) override {
    if (!until_) inner_.on_peer_done(now);
    look(now);
  }
  void on_lost(Instant now) override {
    if (!until_) inner_.on_lost(now);
    waited_ = true;
  }
  void on_waiting(Instant now) override {
    if (!until_) inner_.on_waiting(now);
  }
  void on_deadline(Instant now) override {
    if (until_) {
      waited_ = true;
      return;
    }
    inner_.on_deadline(now);
    look(now);
  }
  std::size_t write_to(MutableBytes tx) override {
    const std::size_t size = inner_.write_to(tx);
    answered_ = answered_ || size != 0;
    return size;
  }
  bool answered() const { return answered_; }  // a whole hello has come
  std::optional<Instant> deadline() const override { return until_ ? until_ : inner_.deadline(); }
  Phase phase() const override { return waits() ? Phase::open : inner_.phase(); }
  // Ends the connection, whatever the peer wants.
  void cut(Instant now) {
    if (!until_) inner_.on_lost(now);
    until_ = now;
    waited_ = true;
  }
  bool waits() const { return until_ && !waited_; }
  bool proven() const override { return inner_.proven(); }
  bool greeted() const override { return inner_.greeted(); }
  Result<> outcome() const override { return inner_.outcome(); }

 private:
  void look(Instant now) {
    const bool failed = inner_.phase() == Phase::closed && !inner_.greeted();
    if (failed && !until_) until_ = now + kTlsFailDelayMs;
  }

  Link& inner_;
  std::optional<Instant> until_;
  bool waited_ = false, answered_ = false;
};

}  // namespace updraft::link
