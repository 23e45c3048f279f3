#include "ports/esp_idf/socket_driver.hpp"

#include <cerrno>
#include <cstring>

#include "esp_timer.h"
#include "lwip/netdb.h"
#include "lwip/sockets.h"

namespace updraft::esp_idf {
namespace {

constexpr int kBacklog = 4;

Error unreachable(int error) {
  return {Code::unreachable, Where::link, static_cast<std::uint64_t>(error)};
}

void make_ready(int socket) {
  (void)fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK);
  const int on = 1;
  (void)setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

// The sockets that select() shall watch.
struct Watch {
  fd_set read, write;
  int highest = -1;
  Watch() {
    FD_ZERO(&read);
    FD_ZERO(&write);
  }
  void add(int socket, fd_set& set) {
    FD_SET(socket, &set);
    highest = std::max(highest, socket);
  }
};

// IPv4, as lwIP's default configuration has it.
bool resolve(const char* host, std::uint16_t port, sockaddr_in& address) {
  addrinfo hints{};
  hints.ai_family = AF_INET;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host, nullptr, &hints, &found) != 0 || found == nullptr) return false;
  std::memcpy(&address, found->ai_addr, sizeof address);
  freeaddrinfo(found);
  address.sin_port = htons(port);
  return true;
}

}  // namespace

Instant now() { return Instant{Millis{esp_timer_get_time() / 1000}}; }

SocketDriver::~SocketDriver() {
  for (const Listener& listener : listeners_) {
    if (listener.door != nullptr) (void)close(listener.socket);
  }
  for (const SocketConnection& connection : connections_) {
    if (!connection.free()) (void)close(connection.socket());
  }
}

Result<std::uint16_t> SocketDriver::listen_on(std::uint16_t port, Door& door) {
  const auto place = std::find_if(listeners_.begin(), listeners_.end(),
                                  [](const Listener& one) { return one.door == nullptr; });
  if (place == listeners_.end()) return fail(Code::busy, Where::link);
  const int socket = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (socket < 0) return std::unexpected(unreachable(errno));
  make_ready(socket);
  const int on = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket, generic, size) != 0 || ::listen(socket, kBacklog) != 0 ||
      getsockname(socket, generic, &size) != 0) {
    const int error = errno;
    (void)close(socket);
    return std::unexpected(unreachable(error));
  }
  *place = {socket, &door};
  return ntohs(address.sin_port);
}

Result<> SocketDriver::connect_to(const char* host, std::uint16_t port, Door& door) {
  SocketConnection* const place = free_connection();
  if (place == nullptr) return fail(Code::busy, Where::link);
  sockaddr_in address{};
  if (!resolve(host, port, address)) return std::unexpected(unreachable(0));
  const int socket = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (socket < 0) return std::unexpected(unreachable(errno));
  make_ready(socket);
  const int failed = ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address);
  const int error = failed == 0 ? 0 : errno;
  if (error != 0 && error != EINPROGRESS) {
    (void)close(socket);
    return std::unexpected(unreachable(error));
  }
  const Held held(lock_);  // not while the name was looked up: that takes seconds
  link::Link* const link = door.open();
  if (link == nullptr) {
    (void)close(socket);
    return fail(Code::busy, Where::link);
  }
  place->start(socket, error != 0, door, *link, now());
  return {};
}

void SocketDriver::turn(Millis patience) {
  Watch watch;
  for (Listener& listener : listeners_) {
    if (listener.door != nullptr) watch.add(listener.socket, watch.read);
  }
  Instant until = now() + patience;
  for (const SocketConnection& connection : connections_) {
    if (connection.free()) continue;
    if (connection.wants_to_read()) watch.add(connection.socket(), watch.read);
    if (connection.wants_to_write()) watch.add(connection.socket(), watch.write);
    if (const auto due = connection.deadline()) until = std::min(until, *due);
  }
  const auto wait = std::max(Millis{0}, until - now()).count();
  timeval timeout{};
  timeout.tv_sec = static_cast<decltype(timeout.tv_sec)>(wait / 1000);
  timeout.tv_usec = static_cast<decltype(timeout.tv_usec)>(wait % 1000 * 1000);
  if (select(watch.highest + 1, &watch.read, &watch.write, nullptr, &timeout) < 0) return;
  const Held held(lock_);

  for (SocketConnection& connection : connections_) {
    const int socket = connection.socket();
    if (connection.free()) continue;
    const bool readable = connection.wants_to_read() && FD_ISSET(socket, &watch.read);
    const bool writable = connection.wants_to_write() && FD_ISSET(socket, &watch.write);
    if (writable) connection.writable(now());
    if (readable && !connection.free()) connection.readable(rx_, now());
    // Bytes that wait came in time, however long another connection kept the task.
    if (!readable && !connection.free()) connection.time_passed(now());
  }
  for (Listener& listener : listeners_) {
    if (listener.door != nullptr && FD_ISSET(listener.socket, &watch.read)) accept_from(listener);
  }
}

void SocketDriver::accept_from(Listener& listener) {
  const int socket = accept(listener.socket, nullptr, nullptr);
  if (socket < 0) return;
  make_ready(socket);
  link::Link* link = nullptr;
  if (free_connection() != nullptr || make_room(*listener.door)) link = listener.door->open();
  if (link == nullptr && make_room(*listener.door)) link = listener.door->open();
  SocketConnection* const place = free_connection();
  if (link == nullptr || place == nullptr) {
    (void)close(socket);
    return;
  }
  place->start(socket, false, *listener.door, *link, now());
}

SocketConnection* SocketDriver::free_connection() {
  const auto place = std::find_if(connections_.begin(), connections_.end(),
                                  [](const SocketConnection& one) { return one.free(); });
  return place == connections_.end() ? nullptr : &*place;
}

// Drops the oldest connection of this door whose link is not proven().
bool SocketDriver::make_room(const Door& door) {
  SocketConnection* oldest = nullptr;
  for (SocketConnection& connection : connections_) {
    if (!connection.is_of(door) || connection.proven()) continue;
    if (oldest == nullptr || connection.since() < oldest->since()) oldest = &connection;
  }
  if (oldest == nullptr) return false;
  oldest->drop(now());
  return true;
}

}  // namespace updraft::esp_idf
