// A listening socket and the few connections that it lets in at a time.
#pragma once
#include <deque>
#include <memory>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "ports/linux/session.hpp"

namespace updraft::linux_port {

class Listener {
 public:
  Listener(Loop& loop, ConnectionMaker make, const ListenOptions& options)
      : loop_(loop),
        acceptor_(loop.io),
        pause_(loop.io),
        make_(std::move(make)),
        options_(options) {}
  Result<std::uint16_t> open(const std::string& address, std::uint16_t port);

 private:
  error_code bind(const tcp::endpoint& endpoint);
  void accept();
  void accepted(const error_code& error, Socket socket);
  bool make_room();

  Loop& loop_;
  Acceptor acceptor_;
  Timer pause_;
  ConnectionMaker make_;
  ListenOptions options_;
  std::deque<std::weak_ptr<Session>> sessions_;  // oldest first
};

}  // namespace updraft::linux_port
