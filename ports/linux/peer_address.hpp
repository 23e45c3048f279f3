// Addresses of peers as links know them, and as Asio does.
#pragma once
#include <boost/asio/ip/udp.hpp>

#include "ports/linux/asio.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {

link::PeerAddress peer_of(const asio::ip::udp::endpoint& endpoint);

// `as_v6`: an IPv4 address stays in its IPv6 form, as a socket for both wants it.
asio::ip::address address_of(const link::PeerAddress& peer, bool as_v6 = false);

}  // namespace updraft::linux_port
