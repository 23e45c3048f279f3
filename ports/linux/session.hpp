// One connection: a link on a socket, from the handshake to an orderly close.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/link_driver.hpp"

namespace updraft::linux_port {

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Loop& loop, Socket socket, std::unique_ptr<Connection> connection);
  void start();  // lives until it is over
  void drop();   // to make room: as if the peer was lost
  // How long it may stay if others wait; `patience`: with a peer that has shown nothing yet.
  Instant safe_until(Millis patience) const;
  std::function<void()> on_over;  // once, as the last call
  bool over() const { return connection_ == nullptr; }
  std::size_t unacknowledged();  // bytes that the link gave and the peer does not have yet

 private:
  std::size_t in_flight();  // of what the system took
  void turn();              // after whatever happened
  void send();
  void receive();
  void received(const error_code& error, std::size_t size);
  void wait_until(Instant when);
  void time_is_up();
  void lost();
  void end();

  Loop& loop_;
  Socket socket_;
  Timer timer_;
  std::unique_ptr<Connection> connection_;
  std::optional<link::LinkDriver> driver_;
  Instant started_{};
  std::optional<Instant> greeted_;
  bool sending_ = false;
  bool receiving_ = false;
  bool ended_ = false;  // our end is out
  std::optional<Instant> timer_set_;
  std::vector<std::byte> rx_, tx_;
};

// "127.0.0.1:50123", "[::1]:50123"
std::string text(const tcp::endpoint& endpoint);

link::Origin origin_of(const asio::ip::address& address);

}  // namespace updraft::linux_port
