// Addresses of peers as links know them, and as Asio does.
#pragma once
#include <cstdint>
#include <string>

#include <boost/asio/ip/udp.hpp>

#include "ports/linux/asio.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {

link::PeerAddress peer_of(const asio::ip::udp::endpoint& endpoint);

// `as_v6`: an IPv4 address stays in its IPv6 form, as a socket for both wants it.
asio::ip::address address_of(const link::PeerAddress& peer, bool as_v6 = false);

// Looks a host up, waiting for the answer; IPv4 before IPv6. Error: unreachable (kUnknownName).
Result<link::PeerAddress> find_peer(const std::string& host, std::uint16_t port);

}  // namespace updraft::linux_port
