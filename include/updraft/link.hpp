// What every protocol machine looks like to whoever drives it: bytes and time in; bytes, a deadline
// and a wish to close out. No sockets, no clock, no threads, no heap.
//
// protocols/link/link_driver.hpp keeps the order of the calls, for one connection, until phase() is
// Phase::closed:
//   deliver what happened (on_bytes, on_peer_done, on_lost, on_deadline)
//   send everything that write_to() gives
//   when phase() is Phase::half_closed: shut down the sending side, once, and go on reading
//   on_waiting(now), then wait for bytes until deadline()
// Both ends of a protocol are Links, so device, command line and tests use one driver.
//
// A machine overrides the calls that mean something to it; the others have a default.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"
#include "updraft/time.hpp"

namespace updraft::link {

enum class Phase : std::uint8_t {
  open,         // reading, and sending what write_to() gives
  half_closed,  // everything is sent: the peer should see the end of our data; still reading
  closed,       // over: close the connection; outcome() tells how it went
};

// The least room that a driver offers to write_to(). Each single answer of a device fits in (the
// longest is one of the control path, 112 bytes), and a chip spends one such buffer on each of its
// connections.
inline constexpr std::size_t kLeastRoom = 256;

class Link {
 public:
  virtual void on_connected(Instant now) { (void)now; }
  virtual void on_bytes(Bytes rx, Instant now) = 0;         // takes all of them; may work on flash
  virtual void on_peer_done(Instant now) { on_lost(now); }  // the peer sent its end (FIN)
  virtual void on_lost(Instant now) = 0;  // reset, cable, kill: nothing more comes or goes
  // All that arrived is delivered; silence starts.
  virtual void on_waiting(Instant now) { (void)now; }
  virtual void on_deadline(Instant now) = 0;  // deadline() has come

  // The next bytes to send; 0: none now. `tx` has at least kLeastRoom.
  virtual std::size_t write_to(MutableBytes tx) {
    (void)tx;
    return 0;
  }
  virtual std::optional<Instant> deadline() const = 0;
  virtual Phase phase() const = 0;
  // True once this connection has shown that its peer is real (a plausible first block, a login). A
  // full listener drops its oldest connection that has not, so that idle or very slow clients
  // cannot keep a real one out. Without a word of its own a link is never proven.
  virtual bool proven() const { return false; }
  // True once the peer has completed the handshake that the protocol begins with, if it has one
  // (TLS, the head of a request). It speaks for the peer for a few seconds, no longer.
  virtual bool greeted() const { return proven(); }
  // How it went; meaningful when closed. A receiver's error is also in the update's events.
  virtual Result<> outcome() const = 0;

 protected:
  ~Link() = default;
};

}  // namespace updraft::link
