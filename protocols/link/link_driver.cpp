#include "protocols/link/link_driver.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"

namespace updraft::link {

LinkDriver::LinkDriver(Link& link, MutableBytes tx, Line line) : link_(link), tx_(tx), line_(line) {
  UPDRAFT_ASSERT(tx.size() >= kLeastRoom);
}

// What happened.

void LinkDriver::connected(Instant now) {
  link_.on_connected(now);
  moved_ = true;
}

void LinkDriver::bytes(Bytes rx, Instant now) {
  if (state_ == State::running) link_.on_bytes(rx, now);
  moved_ = true;
}

void LinkDriver::peer_done(Instant now) {
  peer_done_ = true;
  if (state_ == State::running) link_.on_peer_done(now);
  moved_ = true;
}

void LinkDriver::sent(std::size_t size) {
  UPDRAFT_ASSERT(size <= unsent_.size());
  unsent_ = unsent_.subspan(size);
  moved_ = true;
}

void LinkDriver::lost(Instant now) {
  if (state_ == State::running) link_.on_lost(now);
  unsent_ = {};
  state_ = State::over;
}

// What is to be done.

void LinkDriver::turn(Instant now) {
  if (state_ == State::running) look(now);
  if (state_ != State::running) part(now);
}

// If something moved, silence starts before the deadline is checked: bytes that came in time are no
// silence, however late they are delivered. If nothing moved, the deadline is checked first, so
// that a link whose clock starts whenever it waits does not wait for ever.
void LinkDriver::look(Instant now) {
  fetch();
  if (moved_ && !closed()) link_.on_waiting(now);
  if (const auto due = link_.deadline(); !closed() && due && *due <= now) {
    link_.on_deadline(now);
    fetch();
    moved_ = false;
  }
  if (!moved_ && !closed()) link_.on_waiting(now);
  moved_ = false;
  if (closed()) enter(State::flushing, now + kFlushMs);
}

void LinkDriver::fetch() {
  if (!unsent_.empty() || our_end_ != End::none) return;
  unsent_ = Bytes(tx_).first(std::min(link_.write_to(tx_), tx_.size()));
  const bool has_end = line_ == Line::connection && link_.phase() != Phase::open;
  if (unsent_.empty() && has_end) our_end_ = End::due;
}

// A closed link may still have bytes to send: the last records of TLS, the words of its last turn.
void LinkDriver::part(Instant now) {
  if (state_ == State::flushing) fetch();
  if (state_ == State::flushing && unsent_.empty()) {
    enter(line_ == Line::serial ? State::over : State::parting, now + kPartingMs);
  }
  if ((state_ == State::parting && peer_done_) || now >= until_) state_ = State::over;
}

void LinkDriver::enter(State state, Instant until) {
  state_ = state;
  until_ = until;
}

bool LinkDriver::says_end() {
  const bool now = our_end_ == End::due;
  if (now) our_end_ = End::said;
  return now;
}

std::optional<Instant> LinkDriver::deadline() const {
  if (state_ == State::over) return std::nullopt;
  return state_ == State::running ? link_.deadline() : until_;
}

Result<> LinkDriver::outcome() const {
  return closed() ? link_.outcome() : fail(Code::aborted, Where::link);
}

}  // namespace updraft::link
