#include "ports/linux/peer_address.hpp"

#include <algorithm>
#include <span>

namespace updraft::linux_port {
namespace {
constexpr auto kMapped = asio::ip::v4_mapped;
}

link::PeerAddress peer_of(const asio::ip::udp::endpoint& endpoint) {
  const asio::ip::address address = endpoint.address();
  const asio::ip::address_v6 v6 =
      address.is_v4() ? asio::ip::make_address_v6(kMapped, address.to_v4()) : address.to_v6();
  const auto bytes = v6.to_bytes();
  link::PeerAddress peer{.port = endpoint.port(),
                         .scope = static_cast<std::uint32_t>(v6.scope_id())};
  std::ranges::copy(std::as_bytes(std::span(bytes)), peer.ip.begin());
  return peer;
}

asio::ip::address address_of(const link::PeerAddress& peer, bool as_v6) {
  asio::ip::address_v6::bytes_type bytes;
  std::ranges::transform(peer.ip, bytes.begin(),
                         [](std::byte b) { return std::to_integer<unsigned char>(b); });
  const asio::ip::address_v6 address(bytes, peer.scope);
  if (address.is_v4_mapped() && !as_v6) return asio::ip::make_address_v4(kMapped, address);
  return address;
}

}  // namespace updraft::linux_port
