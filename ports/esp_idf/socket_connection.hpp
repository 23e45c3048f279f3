// One link on one non-blocking socket of lwIP, from the handshake to an orderly close.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "protocols/link/link_driver.hpp"

namespace updraft::esp_idf {

inline constexpr Millis kConnectMs{10'000};  // for a connection of ours to come about

class SocketConnection {
 public:
  bool free() const { return state_ == State::free; }
  bool is_of(const Door& door) const { return !free() && door_ == &door; }
  // A peer that called us and has not shown yet that it is real may have to go.
  bool may_go() const { return state_ == State::running && !ours_ && !driver_->proven(); }
  int socket() const { return socket_; }
  Instant since() const { return since_; }
  link::Origin from() const { return from_; }

  enum class How : std::uint8_t {
    accepted,    // it stands, the peer called
    called,      // it stands, we called
    connecting,  // connect() is under way
  };
  // Takes the socket over.
  void start(int socket, How how, Door& door, link::Link& link, Instant now,
             link::Origin from = link::kSomewhere);

  bool wants_to_read() const { return state_ == State::running && driver_->reads(); }
  bool wants_to_write() const {
    return state_ == State::connecting || (state_ == State::running && !driver_->unsent().empty());
  }
  std::optional<Instant> deadline() const;

  // What happened. `rx` is the driver's buffer.
  void readable(MutableBytes rx, Instant now);
  void writable(Instant now);
  void time_passed(Instant now);  // looks at the deadline
  void drop(Instant now);         // as if the peer was lost

 private:
  enum class State : std::uint8_t { free, connecting, running };

  void turn(Instant now);
  bool flush();  // false: the connection is lost
  void end(const Result<>& outcome);

  State state_ = State::free;
  bool ours_ = false;
  int socket_ = -1;
  Door* door_ = nullptr;
  link::Link* link_ = nullptr;
  Instant since_{};
  link::Origin from_ = link::kSomewhere;
  std::optional<link::LinkDriver> driver_;
  // A device sends little: requests and answers of a few bytes.
  std::array<std::byte, link::kLeastRoom> tx_{};
};

}  // namespace updraft::esp_idf
