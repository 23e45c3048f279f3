// A link in datagrams on a UDP socket, and the connections back that it asks for.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/udp.hpp>

#include "updraft/result.hpp"

#include "ports/linux/asio.hpp"
#include "ports/linux/net_interfaces.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {

class DatagramSocket : public std::enable_shared_from_this<DatagramSocket> {
 public:
  DatagramSocket(Loop& loop, link::DatagramLink& link)
      : loop_(loop), link_(link), socket_(loop.io), timer_(loop.io) {}
  // Lives as long as the loop. Returns the port.
  Result<std::uint16_t> open(const std::string& address, std::uint16_t port);
  // On a port that others on this machine may use as well (0: one of its own), in the group of
  // multicast DNS on these networks. What the link sends to the group goes out on each of them;
  // datagrams from elsewhere are not heard (RFC 6762, 11).
  Result<std::uint16_t> open_group(std::uint16_t port, std::vector<NetInterface> on);
  void turn();  // after whatever happened

 private:
  using udp = asio::ip::udp;

  Result<std::uint16_t> opened(const error_code& error);
  bool is_local(const udp::endpoint& peer) const;
  void send_to_group(Bytes bytes);
  void send();
  void call_back();
  void receive();
  void wait();

  Loop& loop_;
  link::DatagramLink& link_;
  asio::basic_datagram_socket<udp, Executor> socket_;
  Timer timer_;
  std::vector<NetInterface> networks_;  // of a group; else none
  udp::endpoint from_;
  Connection* calling_ = nullptr;  // until its end was told
  std::array<std::byte, link::kDatagramBytes> rx_{}, tx_{};
};

}  // namespace updraft::linux_port
