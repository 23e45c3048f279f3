// A listening socket, its few places for connections, and a queue for them (room.hpp).
#pragma once
#include <deque>
#include <memory>
#include <vector>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "ports/linux/room.hpp"
#include "ports/linux/session.hpp"

namespace updraft::linux_port {

class Listener {
 public:
  Listener(Loop& loop, ConnectionMaker make, const ListenOptions& options)
      : loop_(loop),
        acceptor_(loop.io),
        pause_(loop.io),
        chance_(loop.io),
        make_(std::move(make)),
        options_(options) {}
  Result<std::uint16_t> open(const std::string& address, std::uint16_t port);

 private:
  struct Place {
    Origin from;
    std::shared_ptr<Session> session;
  };
  struct Waiting {
    Origin from;
    Instant until;
    Socket socket;
  };

  error_code bind(const tcp::endpoint& endpoint);
  void accept();
  void accepted(const error_code& error, Socket socket);
  void queue(Socket socket);
  void let_in();  // whoever can be
  bool make_room();
  void seat(Waiting waiting);
  void wait_for_a_chance();
  std::vector<Guest> guests() const;
  std::vector<Origin> origins() const;

  Loop& loop_;
  Acceptor acceptor_;
  Timer pause_, chance_;
  ConnectionMaker make_;
  ListenOptions options_;
  std::vector<Place> places_;
  std::deque<Waiting> waiting_;  // in the order in which they came
};

}  // namespace updraft::linux_port
