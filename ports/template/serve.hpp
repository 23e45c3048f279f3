// The loop of a port: one link on one stream, until the connection is over. No heap, no threads.
//
//   while (accept(stream)) {
//     link::RawReceiver receiver(updater, {.slot_size = slot.size()});
//     (void)serve(receiver, stream, buffer);
//     if (updater.state() == UpdateState::installed) restart();
//   }
#pragma once
#include "updraft/link.hpp"

namespace updraft::port_template {

// Fill in, for a socket or a serial line.
class Stream {
 public:
  enum class Event : std::uint8_t {
    bytes,     // `got` of them are in the buffer
    deadline,  // `until` came first
    done,      // the peer has sent all it will send
    lost,      // reset, cable: nothing comes or goes any more
  };
  struct Heard {
    Event event = Event::lost;
    std::size_t got = 0;
  };

  virtual Instant now() = 0;  // since the start, never backwards
  // Waits for something to happen; without `until` as long as it takes. Do not poll: sleep.
  virtual Heard wait(MutableBytes buffer, std::optional<Instant> until) = 0;
  // All of it, or false: the connection is lost. May wait; a peer that does not read is lost after
  // a while.
  virtual bool send(Bytes bytes) = 0;
  virtual void finish_sending() = 0;  // TCP: FIN
  virtual void close() = 0;

 protected:
  ~Stream() = default;
};

// Drives the link with this stream and closes it; how it went is the link's outcome. `buffer`: for
// what comes and for what goes, at least link::kLeastRoom; what a TCP segment carries is a good
// size.
Result<> serve(link::Link& link, Stream& stream, MutableBytes buffer);

}  // namespace updraft::port_template
