// A client with bare system calls, for what a well-behaved Link would not do.
#pragma once
#include <cerrno>
#include <cstdint>
#include <stdexcept>
#include <string>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "updraft/bytes.hpp"

namespace updraft::linux_port {

class SocketClient {
 public:
  // Connects to 127.0.0.1, from 127.0.0.`from`; the kernel answers for a listener whose loop does
  // not run yet.
  explicit SocketClient(std::uint16_t port, unsigned from = 1)
      : fd_(socket(AF_INET, SOCK_STREAM, 0)) {
    const sockaddr_in here = loopback(0, from), there = loopback(port, 1);
    if (bind(fd_, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0 ||
        connect(fd_, reinterpret_cast<const sockaddr*>(&there), sizeof there) != 0) {
      throw std::runtime_error("cannot connect");
    }
  }
  ~SocketClient() { close(fd_); }
  SocketClient(const SocketClient&) = delete;
  SocketClient& operator=(const SocketClient&) = delete;

  // As much as the kernel takes without waiting.
  void send(Bytes bytes) {
    (void)::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  void finish() { shutdown(fd_, SHUT_WR); }
  void reset() {
    const linger hard{.l_onoff = 1, .l_linger = 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    const int fresh = socket(AF_INET, SOCK_STREAM, 0);
    dup2(fresh, fd_);  // the last close of a socket with this linger resets it
    close(fresh);
  }
  bool ended() const {  // FIN or reset has arrived, and nothing else is left to read
    char byte = 0;
    const ssize_t size = recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN);
  }
  // Blocks until the other side has ended.
  std::string read_to_end() {
    std::string text;
    char buffer[4096];
    ssize_t size = 0;
    while ((size = recv(fd_, buffer, sizeof buffer, 0)) > 0) {
      text.append(buffer, static_cast<std::size_t>(size));
    }
    ended_in_order_ = size == 0;
    return text;
  }
  bool ended_in_order() const { return ended_in_order_; }  // by FIN; false: reset

 private:
  static sockaddr_in loopback(std::uint16_t port, unsigned last) {
    sockaddr_in address{
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {}, .sin_zero = {}};
    address.sin_addr.s_addr = htonl(0x7F00'0000 + last);
    return address;
  }

  int fd_;
  bool ended_in_order_ = false;
};

}  // namespace updraft::linux_port
