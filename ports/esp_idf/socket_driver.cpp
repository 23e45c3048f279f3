#include "ports/esp_idf/socket_driver.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "esp_log.h"
#include "esp_timer.h"
#include "lwip/sockets.h"
#include "ports/esp_idf/reporter.hpp"

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

// A connection to `address` (IPv4, as in a sockaddr_in) that is under way.
struct Connecting {
  int socket = -1;
  SocketConnection::How how = SocketConnection::How::connecting;
};
Result<Connecting> begin_connection(std::uint32_t address, std::uint16_t port) {
  const int socket = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (socket < 0) return std::unexpected(unreachable(errno));
  make_ready(socket);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  peer.sin_addr.s_addr = address;
  if (::connect(socket, reinterpret_cast<sockaddr*>(&peer), sizeof peer) == 0) {
    return Connecting{socket, SocketConnection::How::called};
  }
  const int error = errno;
  if (error == EINPROGRESS) return Connecting{socket, SocketConnection::How::connecting};
  (void)close(socket);
  return std::unexpected(unreachable(error));
}

// As links have it, and back.
link::PeerAddress peer_of(const sockaddr_in& address) {
  link::PeerAddress peer{.port = ntohs(address.sin_port)};
  store_be(MutableBytes(peer.ip).subspan(10, 2), 0xFFFF);
  store_be(MutableBytes(peer.ip).last(4), ntohl(address.sin_addr.s_addr));
  return peer;
}
sockaddr_in address_of(const link::PeerAddress& peer) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(peer.port);
  address.sin_addr.s_addr = htonl(static_cast<std::uint32_t>(load_be(Bytes(peer.ip).last(4))));
  return address;
}

}  // namespace

Instant now() { return Instant{Millis{esp_timer_get_time() / 1000}}; }

// The sockets that select() shall watch.
struct SocketDriver::Watch {
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

SocketDriver::~SocketDriver() {
  for (const Listener& listener : listeners_) {
    if (listener.door != nullptr) (void)close(listener.socket);
  }
  for (const Listener& listener : hearing_) {
    if (listener.door != nullptr) (void)close(listener.socket);
  }
  if constexpr (!kHasSockets) return;
  for (const SocketConnection& connection : connections()) {
    if (!connection.free()) (void)close(connection.socket());
  }
}

Result<> SocketDriver::begin_work() {
  if constexpr (!kHasSockets) return fail(Code::busy, Where::link);
  if (work_) return {};
  const Result<> lent = work_.make();
  if (!lent) {
    ESP_LOGW(kLogTag, "no connection: of the %u bytes that it needs %u are free in one piece",
             static_cast<unsigned>(lent.error().expected),
             static_cast<unsigned>(lent.error().found));
  }
  return lent;
}

void SocketDriver::end_work() {
  if (std::ranges::all_of(connections(), &SocketConnection::free)) work_.give_back();
}

Result<std::uint16_t> SocketDriver::listen_on(std::uint16_t port, Door& door) {
  if constexpr (!kHasSockets) return fail(Code::busy, Where::link);
  const auto place = std::find_if(listeners_.begin(), listeners_.end(),
                                  [](const Listener& one) { return one.door == nullptr; });
  if (place == listeners_.end()) return fail(Code::busy, Where::link);
  const int socket = ::socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
  if (socket < 0) return std::unexpected(unreachable(errno));
  make_ready(socket);
  const int on = 1;
  (void)setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Result<> bound = bind_to(socket, port);
  if (bound && ::listen(socket, kBacklog) != 0) bound = unreachable(errno);
  if (!bound) {
    (void)close(socket);
    return std::unexpected(bound.error());
  }
  *place = {socket, &door};
  return port;
}

Result<std::uint16_t> SocketDriver::hear_on(std::uint16_t port, Door& door) {
  if constexpr (kMaxDatagramPorts == 0) return fail(Code::busy, Where::link);
  const auto place = std::find_if(hearing_.begin(), hearing_.end(),
                                  [](const Listener& one) { return one.door == nullptr; });
  if (place == hearing_.end()) return fail(Code::busy, Where::link);
  const int socket = ::socket(AF_INET, SOCK_DGRAM, IPPROTO_UDP);
  if (socket < 0) return std::unexpected(unreachable(errno));
  (void)fcntl(socket, F_SETFL, fcntl(socket, F_GETFL, 0) | O_NONBLOCK);
  if (const Result<> bound = bind_to(socket, port); !bound) {
    (void)close(socket);
    return std::unexpected(bound.error());
  }
  *place = {socket, &door};
  return port;
}

// On all addresses; `port` becomes the real one.
Result<> SocketDriver::bind_to(int socket, std::uint16_t& port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_ANY);
  socklen_t size = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(socket, generic, size) != 0 || getsockname(socket, generic, &size) != 0) {
    return unreachable(errno);
  }
  port = ntohs(address.sin_port);
  return {};
}

Result<> SocketDriver::connect_to(std::uint32_t address, std::uint16_t port, Door& door) {
  if constexpr (!kHasSockets) return fail(Code::busy, Where::link);
  UPDRAFT_TRY(begin_work());
  const Result<Connecting> begun = begin_connection(address, port);
  if (!begun) return begun.error();
  link::Link* const link = open(door, link::kSomewhere);
  if (link == nullptr) {
    (void)close(begun->socket);
    return fail(Code::busy, Where::link);
  }
  free_connection()->start(begun->socket, begun->how, door, *link, now());
  return {};
}

void SocketDriver::turn(Millis patience) {
  Watch watch;
  Instant until = now() + patience;
  if constexpr (kHasSockets) until = watch_all(watch, until);
  const auto wait = std::max(Millis{0}, until - now()).count();
  timeval timeout{};
  timeout.tv_sec = static_cast<decltype(timeout.tv_sec)>(wait / 1000);
  timeout.tv_usec = static_cast<decltype(timeout.tv_usec)>(wait % 1000 * 1000);
  const int happened = select(watch.highest + 1, &watch.read, &watch.write, nullptr, &timeout);
  if constexpr (kHasSockets) {
    if (happened >= 0) tend_all(watch);
  }
}

// Adds whom to watch; returns when something is due, `until` at the latest.
Instant SocketDriver::watch_all(Watch& watch, Instant until) {
  for (Listener& listener : listeners_) {
    const bool open = listener.door != nullptr && listener.door->takes_callers(now());
    if (open) watch.add(listener.socket, watch.read);
  }
  for (Listener& listener : hearing_) {
    if (listener.door == nullptr) continue;
    watch.add(listener.socket, watch.read);
    if (const auto due = listener.door->datagrams()->deadline()) until = std::min(until, *due);
  }
  for (const SocketConnection& connection : connections()) {
    if (connection.free()) continue;
    if (connection.wants_to_read()) watch.add(connection.socket(), watch.read);
    if (connection.wants_to_write()) watch.add(connection.socket(), watch.write);
    if (const auto due = connection.deadline()) until = std::min(until, *due);
  }
  return until;
}

void SocketDriver::tend_all(const Watch& watch) {
  const Held held(lock_);
  for (SocketConnection& connection : connections()) {
    const int socket = connection.socket();
    if (connection.free()) continue;
    const bool readable = connection.wants_to_read() && FD_ISSET(socket, &watch.read);
    const bool writable = connection.wants_to_write() && FD_ISSET(socket, &watch.write);
    if (writable) connection.writable(now());
    if (readable && !connection.free())
      connection.readable(MutableBytes(work_->room).first(kRxBytes), now());
    // Bytes that wait came in time, however long another connection kept the task.
    if (!readable && !connection.free()) connection.time_passed(now());
  }
  for (Listener& listener : listeners_) {
    if (listener.door != nullptr && FD_ISSET(listener.socket, &watch.read)) accept_from(listener);
  }
  for (Listener& listener : hearing_) {
    if (listener.door == nullptr) continue;
    if (FD_ISSET(listener.socket, &watch.read)) hear(listener);
    tend(listener);
  }
  end_work();
}

void SocketDriver::hear(Listener& listener) {
  if (!begin_work()) {
    std::byte gone;  // the datagram; else it would wait for ever
    (void)recvfrom(listener.socket, &gone, sizeof gone, 0, nullptr, nullptr);
    return;
  }
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const MutableBytes room(work_->room);
  const auto got = recvfrom(listener.socket, room.data(), room.size(), 0,
                            reinterpret_cast<sockaddr*>(&peer), &size);
  if (got < 0) return;
  listener.door->datagrams()->on_datagram(peer_of(peer), room.first(static_cast<std::size_t>(got)),
                                          now());
}

// Whatever the link wants after a datagram, at its deadline, or now that a connection is over.
void SocketDriver::tend(Listener& listener) {
  link::DatagramLink& link = *listener.door->datagrams();
  const auto deadline = link.deadline();
  const bool due = deadline && *deadline <= now();
  if (due) link.on_deadline(now());  // without memory as well, else it stays due
  if ((!work_ && !due) || !begin_work()) return;
  while (const auto datagram = link.write_to(work_->room)) {
    const sockaddr_in to = address_of(datagram->to);
    (void)sendto(listener.socket, work_->room.data(), datagram->size, 0,
                 reinterpret_cast<const sockaddr*>(&to), sizeof to);
  }
  while (const auto wish = link.call_back()) call(*wish, *listener.door);
}

void SocketDriver::call(const link::DatagramLink::Call& call, Door& door) {
  const bool has_room =
      begin_work() && (free_connection() != nullptr || make_room(nullptr, link::kSomewhere));
  const sockaddr_in to = address_of(call.to);
  const Result<Connecting> begun = has_room
                                       ? begin_connection(to.sin_addr.s_addr, call.to.port)
                                       : Result<Connecting>(fail(Code::unreachable, Where::link));
  if (!begun) return door.closed(*call.link, begun.error());
  free_connection()->start(begun->socket, begun->how, door, *call.link, now());
}

void SocketDriver::accept_from(Listener& listener) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  const int socket = accept(listener.socket, reinterpret_cast<sockaddr*>(&peer), &size);
  if (socket < 0) return;
  make_ready(socket);
  const link::Origin from = ntohl(peer.sin_addr.s_addr);
  link::Link* const link = open(*listener.door, from);
  if (link == nullptr) {
    (void)close(socket);
    return;
  }
  constexpr auto kHow = SocketConnection::How::accepted;
  free_connection()->start(socket, kHow, *listener.door, *link, now(), from);
}

// A link of the door, with a connection free for it; nullptr: there is no room, and none can be
// made.
link::Link* SocketDriver::open(Door& door, link::Origin from) {
  if (!begin_work()) return nullptr;
  const bool has_room =
      free_connection() != nullptr || make_room(&door, from) || make_room(nullptr, from);
  if (!has_room) return nullptr;
  link::Link* link = door.open(from);
  if (link == nullptr && make_room(&door, from)) link = door.open(from);
  return link;
}

SocketConnection* SocketDriver::free_connection() {
  const std::span<SocketConnection> all = connections();
  const auto place = std::ranges::find_if(all, &SocketConnection::free);
  return place == all.end() ? nullptr : &*place;
}

// Drops an incoming connection whose link is not proven(), of this door; nullptr: of any. So who
// has one address, and comes back as often as he is dropped, takes his own places.
bool SocketDriver::make_room(const Door* door, link::Origin from) {
  SocketConnection* chosen = nullptr;
  std::size_t most = 0;
  for (SocketConnection& connection : connections()) {
    if (!connection.may_go() || (door != nullptr && !connection.is_of(*door))) continue;
    const std::size_t own = crowd(connection.from()) + (connection.from() == from ? 1 : 0);
    const bool older = chosen == nullptr || connection.since() < chosen->since();
    if (own < most || (own == most && !older)) continue;
    chosen = &connection;
    most = own;
  }
  if (chosen == nullptr) return false;
  chosen->drop(now());
  return true;
}

// How many incoming connections of that address might go.
std::size_t SocketDriver::crowd(link::Origin from) {
  const auto count = std::ranges::count_if(connections(), [from](const SocketConnection& one) {
    return one.may_go() && one.from() == from;
  });
  return static_cast<std::size_t>(count);
}

}  // namespace updraft::esp_idf
