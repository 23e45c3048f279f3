#include "ports/linux/peer_address.hpp"

#include <algorithm>
#include <span>
#include <vector>

#include <boost/asio/io_context.hpp>

#include "ports/linux/reactor.hpp"

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

Result<link::PeerAddress> find_peer(const std::string& host, std::uint16_t port) {
  asio::io_context io;
  error_code error;
  asio::ip::udp::resolver resolver(io);
  const auto found =
      resolver.resolve(host, std::to_string(port), asio::ip::resolver_base::numeric_service, error);
  if (error || found.empty()) return fail(Code::unreachable, Where::link, kUnknownName);
  auto chosen = found.begin();
  for (auto one = found.begin(); one != found.end(); ++one) {
    if (one->endpoint().address().is_v4() && chosen->endpoint().address().is_v6()) chosen = one;
  }
  return peer_of(chosen->endpoint());
}

}  // namespace updraft::linux_port
