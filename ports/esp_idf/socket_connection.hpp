// One link on one non-blocking socket of lwIP, from the handshake to an orderly close.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/door.hpp"

namespace updraft::esp_idf {

inline constexpr Millis kConnectMs{10'000};  // for a connection of ours to come about
inline constexpr Millis kPartingMs{1'000};   // for the peer's end, after ours

class SocketConnection {
 public:
  bool free() const { return state_ == State::free; }
  bool is_of(const Door& door) const { return !free() && door_ == &door; }
  bool proven() const { return state_ == State::running && link_->proven(); }
  int socket() const { return socket_; }
  Instant since() const { return since_; }

  // Takes the socket over. `connecting`: connect() is under way, else it stands.
  void start(int socket, bool connecting, Door& door, link::Link& link, Instant now);

  bool wants_to_read() const { return state_ != State::connecting && !peer_done_; }
  bool wants_to_write() const { return state_ == State::connecting || sent_ < unsent_; }
  std::optional<Instant> deadline() const;

  // What happened. `rx` is the driver's buffer.
  void readable(MutableBytes rx, Instant now);
  void writable(Instant now);
  void time_passed(Instant now);  // looks at the deadline
  void drop(Instant now);         // as if the peer was lost

 private:
  enum class State : std::uint8_t { free, connecting, running, parting };

  void turn(Instant now);
  bool flush();  // false: the connection is lost
  void send_what_there_is(Instant now);
  void part(Instant now);
  void lost(Instant now);
  void end(const Result<>& outcome);

  State state_ = State::free;
  int socket_ = -1;
  Door* door_ = nullptr;
  link::Link* link_ = nullptr;
  Instant since_{};
  Instant until_{};  // connecting, parting
  bool our_end_sent_ = false;
  bool peer_done_ = false;
  // A device says little: requests and answers of a few bytes.
  std::array<std::byte, 256> tx_{};
  std::size_t unsent_ = 0, sent_ = 0;  // bytes in tx_, and of them those gone
};

}  // namespace updraft::esp_idf
