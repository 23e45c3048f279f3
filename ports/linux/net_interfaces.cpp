#include "ports/linux/net_interfaces.hpp"

#include <algorithm>
#include <memory>

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>

namespace updraft::linux_port {
namespace {

std::uint32_t ipv4(const sockaddr& address) {
  return ntohl(reinterpret_cast<const sockaddr_in&>(address).sin_addr.s_addr);
}

}  // namespace

std::vector<NetInterface> net_interfaces() {
  ifaddrs* first = nullptr;
  if (getifaddrs(&first) != 0) return {};
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> owner(first, freeifaddrs);
  std::vector<NetInterface> all;
  for (const ifaddrs* one = first; one != nullptr; one = one->ifa_next) {
    const bool usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
                        one->ifa_netmask != nullptr && (one->ifa_flags & IFF_UP) != 0;
    const bool loopback = (one->ifa_flags & IFF_LOOPBACK) != 0;
    if (!usable || (!loopback && (one->ifa_flags & IFF_MULTICAST) == 0)) continue;
    all.push_back({.name = one->ifa_name,
                   .address = ipv4(*one->ifa_addr),
                   .mask = ipv4(*one->ifa_netmask),
                   .loopback = loopback});
  }
  return all;
}

std::vector<NetInterface> reached_by(const std::string& address) {
  std::vector<NetInterface> all = net_interfaces();
  if (address == "0.0.0.0" || address == "::") {
    const bool others = !std::ranges::all_of(all, &NetInterface::loopback);
    if (others) std::erase_if(all, [](const NetInterface& one) { return one.loopback; });
    return all;
  }
  in_addr wanted{};
  if (inet_pton(AF_INET, address == "localhost" ? "127.0.0.1" : address.c_str(), &wanted) != 1)
    return {};
  std::erase_if(all, [&](const NetInterface& one) { return one.address != ntohl(wanted.s_addr); });
  return all;
}

}  // namespace updraft::linux_port
