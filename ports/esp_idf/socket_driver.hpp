// Drives links on lwIP's sockets: one task, a fixed number of connections. Their memory is borrowed
// while somebody is connected.
//
//   SocketDriver driver(lock, lender);
//   driver.listen_on(8032, raw_door);
//   while (true) driver.turn(Millis{250});
//
// on_bytes() of a link may work on flash as long as it likes; meanwhile nothing is read and the
// peers wait. Not thread-safe.
#pragma once
#include <algorithm>
#include <array>
#include <span>

#include "engine/core/lender.hpp"
#include "ports/esp_idf/lock.hpp"
#include "ports/esp_idf/socket_connection.hpp"
#include "sdkconfig.h"

namespace updraft::esp_idf {

// Where menuconfig leaves out every door that listens or calls (the page alone, a UART), neither
// room nor code is there for sockets.
#if defined(CONFIG_UPDRAFT_RAW) || defined(CONFIG_UPDRAFT_REQ) ||        \
    defined(CONFIG_UPDRAFT_BUNDLE) || defined(CONFIG_UPDRAFT_ARDUINO) || \
    defined(CONFIG_UPDRAFT_ESPHOME) || defined(CONFIG_UPDRAFT_MQTT) ||   \
    defined(CONFIG_UPDRAFT_NATIVE) || defined(CONFIG_UPDRAFT_WEB_PULL)
inline constexpr bool kHasSockets = true;
#else
inline constexpr bool kHasSockets = false;
#endif
// Any row of doors.hpp may have a port, so there is a place for each, of 8 bytes.
inline constexpr std::size_t kMaxListeners = kHasSockets ? 16 : 0;
#ifdef CONFIG_UPDRAFT_ARDUINO
inline constexpr std::size_t kMaxDatagramPorts = 1;
#else
inline constexpr std::size_t kMaxDatagramPorts = 0;  // nobody else invites by datagram
#endif
inline constexpr std::size_t kMaxConnections = kHasSockets ? 4 : 0;  // over all doors
// At a time; flash is slower than twice a segment.
inline constexpr std::size_t kRxBytes = kHasSockets ? 1024 : 0;

Instant now();  // since boot

class SocketDriver {
 public:
  // Holds `lock` while links and doors are at work, not while it waits. `memory` lends kWorkBytes;
  // where there are none, whoever calls is turned away.
  SocketDriver(Lock& lock, Lender& memory) : lock_(lock), work_(memory) {}
  ~SocketDriver();  // closes everything, without a word to the doors
  SocketDriver(const SocketDriver&) = delete;
  SocketDriver& operator=(const SocketDriver&) = delete;

  // On all addresses. Returns the port, the real one if 0 was asked for. Errors: unreachable
  // (`found`: errno), busy (kMaxListeners).
  Result<std::uint16_t> listen_on(std::uint16_t port, Door& door);

  // Hears datagrams on all addresses of IPv4, for door.datagrams(), and calls whom that wants to
  // call. Answer and errors as above.
  Result<std::uint16_t> hear_on(std::uint16_t port, Door& door);

  // Connects in the background; the door hears how it went. `address`: IPv4, as in a sockaddr_in.
  // The caller holds the lock. Errors: unreachable (`found`: errno), busy, no_memory.
  //
  // When all places are taken, those of the driver or of the door, a new connection of either kind
  // takes that of an incoming one whose link is not proven(): of the address that has most of them,
  // the newcomer counted, the oldest. If there is none, it is turned away. One of ours has its own
  // deadlines and leaves its place to nobody.
  Result<> connect_to(std::uint32_t address, std::uint16_t port, Door& door);

  // Waits at most so long for something to happen, and deals with it.
  void turn(Millis patience);

 private:
  struct Listener {
    int socket = -1;
    Door* door = nullptr;
  };

  // While there is a connection, or a datagram is dealt with.
  struct Work {
    std::array<SocketConnection, kMaxConnections> connections;
    // Of whatever is read.
    std::array<std::byte,
               kMaxDatagramPorts == 0 ? kRxBytes : std::max(kRxBytes, link::kDatagramBytes)>
        room;
  };

  struct Watch;

  Instant watch_all(Watch& watch, Instant until);
  void tend_all(const Watch& watch);
  Result<> begin_work();
  void end_work();  // unless somebody is connected
  std::span<SocketConnection> connections() {
    return work_ ? std::span<SocketConnection>(work_->connections) : std::span<SocketConnection>();
  }
  void accept_from(Listener& listener);
  void hear(Listener& listener);
  void tend(Listener& listener);
  void call(const link::DatagramLink::Call& call, Door& door);
  static Result<> bind_to(int socket, std::uint16_t& port);
  SocketConnection* free_connection();
  bool make_room(const Door* door, link::Origin from);
  std::size_t crowd(link::Origin from);
  link::Link* open(Door& door, link::Origin from);

  Lock& lock_;
  std::array<Listener, kMaxListeners> listeners_;
  std::array<Listener, kMaxDatagramPorts> hearing_;
  Borrowed<Work> work_;

 public:
  static constexpr std::size_t kWorkBytes = kHasSockets ? sizeof(Work) : 0;
};

}  // namespace updraft::esp_idf
