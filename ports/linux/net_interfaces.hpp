// The networks that this machine is on, as far as multicast goes: IPv4 only.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace updraft::linux_port {

struct NetInterface {
  std::string name;           // "eth0"
  std::uint32_t address = 0;  // IPv4, the first byte highest
  std::uint32_t mask = 0;
  bool loopback = false;
  bool contains(std::uint32_t peer) const { return (peer & mask) == (address & mask); }
};

// Those that are up, in the system's order; of one that has several addresses, each.
std::vector<NetInterface> net_interfaces();

// Those on which a listener on `address` can be reached: of "127.0.0.1" the loopback, of "0.0.0.0"
// and "::" all but that, if there are others. None: it is an IPv6 address, or no address of ours.
std::vector<NetInterface> reached_by(const std::string& address);

}  // namespace updraft::linux_port
