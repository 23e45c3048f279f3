// A link in datagrams on a UDP socket, and the connections back that it asks for.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>

#include <boost/asio/ip/udp.hpp>

#include "updraft/result.hpp"

#include "ports/linux/asio.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {

class DatagramSocket : public std::enable_shared_from_this<DatagramSocket> {
 public:
  DatagramSocket(Loop& loop, link::DatagramLink& link)
      : loop_(loop), link_(link), socket_(loop.io), timer_(loop.io) {}
  // Lives as long as the loop. Returns the port.
  Result<std::uint16_t> open(const std::string& address, std::uint16_t port);

 private:
  using udp = asio::ip::udp;

  void turn();  // after whatever happened
  void send();
  void call_back();
  void receive();
  void wait();

  Loop& loop_;
  link::DatagramLink& link_;
  asio::basic_datagram_socket<udp, Executor> socket_;
  Timer timer_;
  udp::endpoint from_;
  Connection* calling_ = nullptr;  // until its end was told
  std::array<std::byte, link::kDatagramBytes> rx_{}, tx_{};
};

}  // namespace updraft::linux_port
