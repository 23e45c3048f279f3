// Drives one Link on one line: decides which call comes when, when our end is sent, and how long to
// wait for the last bytes and the peer's end. No sockets, no clock, no heap: the port does the
// input and output, reports what happened and asks what to do.
//
//   LinkDriver driver(link, tx);
//   driver.connected(now);
//   while (true) {
//     driver.turn(now);
//     if (driver.over()) break;                       // close the line; driver.outcome()
//     if (driver.says_end()) shutdown(SHUT_WR);
//     if (!driver.unsent().empty()) driver.sent(write(driver.unsent()));
//     ... wait for the line to be ready, until driver.deadline() ...
//     driver.bytes(rx, now);                          // or peer_done(), lost()
//   }
//
// A port whose write returns before it is done calls sent() when it is; until then unsent() does
// not change, and the link is asked for nothing more.
//
// A link that closes is followed by three steps, so that the peer sees an end and no reset: its
// last bytes go out, then our end, then the peer's end is waited for and what still comes is
// dropped.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

namespace updraft::link {

inline constexpr Millis kFlushMs{2'000};    // for the last bytes of a closed link
inline constexpr Millis kPartingMs{1'000};  // for the peer's end, after ours

class LinkDriver {
 public:
  enum class Line : std::uint8_t {
    connection,  // begins and ends; each side says when it has sent everything
    serial,      // is always there: over as soon as the closed link's last bytes are out
  };
  // `tx`: at least kLeastRoom; what the link says next. Both outlive the driver.
  LinkDriver(Link& link, MutableBytes tx, Line line = Line::connection);

  // What happened. After lost() the driver is over; all others want turn() next.
  void connected(Instant now);
  void bytes(Bytes rx, Instant now);
  void peer_done(Instant now);
  void sent(std::size_t size);  // of unsent(), from its beginning
  void lost(Instant now);       // also to drop it

  // After what happened and at deadline(). Not at deadline() while bytes wait on the line: they
  // came in time, however late the port is, and are delivered first.
  void turn(Instant now);

  // What is to be done.
  Bytes unsent() const { return unsent_; }
  bool says_end();  // true once: the peer should see the end of our data
  bool reads() const { return state_ != State::over && !peer_done_; }
  std::optional<Instant> deadline() const;
  bool over() const { return state_ == State::over; }
  bool proven() const { return state_ == State::running && link_.proven(); }
  bool greeted() const { return state_ == State::running && link_.greeted(); }
  // The link's; aborted where the line was lost and the link has not closed.
  Result<> outcome() const;

 private:
  enum class State : std::uint8_t {
    running,   // the link is told and asked
    flushing,  // the link is closed; its last bytes are on their way
    parting,   // our end is out, or about to be; waiting for the peer's
    over,
  };
  enum class End : std::uint8_t { none, due, said };

  bool closed() const { return link_.phase() == Phase::closed; }
  void look(Instant now);
  void fetch();
  void part(Instant now);
  void enter(State state, Instant until);

  Link& link_;
  MutableBytes tx_;
  Bytes unsent_;     // rest of tx_
  Instant until_{};  // end of flushing or parting
  Line line_;
  State state_ = State::running;
  End our_end_ = End::none;
  bool peer_done_ = false;
  bool moved_ = false;  // since the last turn
};

}  // namespace updraft::link
