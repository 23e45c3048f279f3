// Finds a host and connects to it: tries its addresses in order until one answers or time is up.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::linux_port {

class Connector : public std::enable_shared_from_this<Connector> {
 public:
  Connector(Loop& loop, std::string host, std::uint16_t port,
            std::unique_ptr<Connection> connection, const ConnectOptions& options);
  void start();  // lives until it is done

 private:
  void resolve();
  void resolved(const error_code& error, const Resolver::results_type& results);
  void try_next();
  void tried(const error_code& error);
  void round_failed(const error_code& error);

  Loop& loop_;
  std::string host_;
  std::uint16_t port_;
  std::unique_ptr<Connection> connection_;
  Instant give_up_at_;
  Resolver resolver_;
  Socket socket_;
  Timer timer_;
  std::vector<tcp::endpoint> endpoints_;  // of this round, those not yet tried
};

}  // namespace updraft::linux_port
