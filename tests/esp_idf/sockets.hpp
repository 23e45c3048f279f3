// The other end of a connection: a client on real sockets.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "updraft/link.hpp"

#include "engine/core/test_word.hpp"
#include "tests/esp_idf/fake_chip.hpp"

namespace updraft::esp_idf {

// A port that is free: bound once and let go.
inline std::uint16_t free_port() {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  (void)::bind(socket, reinterpret_cast<sockaddr*>(&address), size);
  (void)::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size);
  (void)::close(socket);
  return ntohs(address.sin_port);
}

inline int listen_on(std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  (void)::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  (void)::listen(socket, 1);
  return socket;
}

// From 127.0.0.`last`: another address is another peer.
inline int connect_to(std::uint16_t port, std::uint32_t last = 1) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(0x7F00'0000 + last);
  (void)::bind(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (socket < 0) return -1;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return -1;
  return socket;
}

inline void send_all(int socket, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t gone = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (gone <= 0) return;
    bytes = bytes.subspan(static_cast<std::size_t>(gone));
  }
}

// What netcat -N does: sends, closes its side, waits for the other's end.
inline void push(std::uint16_t port, const Image& image) {
  const int socket = connect_to(port);
  if (socket < 0) return;
  send_all(socket, image);
  (void)::shutdown(socket, SHUT_WR);
  std::byte rest[64];
  while (::recv(socket, rest, sizeof rest, 0) > 0) {
  }
  (void)::close(socket);
}

// What `updraft push` does with a sender's link, on a socket that it closes: "ok", or the code of
// what went wrong.
inline std::string push_by(link::Link& host, int socket) {
  if (socket < 0) return "unreachable";
  host.on_connected(Instant{});
  std::array<std::byte, 1460> wire;
  while (host.phase() != link::Phase::closed) {
    if (const std::size_t size = host.write_to(wire); size > 0) {
      send_all(socket, Bytes(wire).first(size));
      continue;
    }
    const ssize_t got = ::recv(socket, wire.data(), wire.size(), 0);
    if (got <= 0) {
      host.on_peer_done(Instant{});
    } else {
      host.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
    }
  }
  (void)::close(socket);
  return word(host.outcome());
}

}  // namespace updraft::esp_idf
