// One connection: a link on a socket, from the handshake to an orderly close.
#pragma once
#include <memory>
#include <vector>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::ports {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, Socket socket, std::unique_ptr<Connection> connection);
  void start();  // lives until it is over
  void drop();   // to make room: as if the peer was lost
  bool proven() const { return state_ == State::running && connection_->link().proven(); }
  bool over() const { return state_ == State::over; }

 private:
  enum class State : std::uint8_t {
    running,   // the link is asked and told
    flushing,  // the link is closed; its last bytes are still on their way
    parting,   // our end is out; waiting a little for the peer's
    over,
  };

  link::Link& link() { return connection_->link(); }
  void turn();  // after whatever happened
  void send();
  void sent(const error_code& error);
  void receive();
  void received(const error_code& error, std::size_t size);
  void deliver(const error_code& error, std::size_t size);
  void wait_until(Instant when);
  void time_is_up();
  void part();
  void lost();
  void end();

  Loop& loop_;
  Socket socket_;
  Timer timer_;
  std::unique_ptr<Connection> connection_;
  State state_ = State::running;
  bool sending_ = false;
  bool receiving_ = false;
  bool our_end_sent_ = false;
  bool peer_done_ = false;
  std::optional<Instant> timer_set_;
  std::vector<std::byte> rx_, tx_;
};

// "127.0.0.1:50123", "[::1]:50123"
std::string text(const tcp::endpoint& endpoint);

}  // namespace updraft::ports
