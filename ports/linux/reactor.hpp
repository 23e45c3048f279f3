// Drives protocol machines on sockets, with timers, signals and a console: one thread, one loop.
//
//   Reactor reactor;
//   const auto port = reactor.listen("127.0.0.1", 18000, [&] {
//     return std::make_unique<RawConnection>(updater);  // a Connection that holds a RawReceiver
//   });
//   reactor.on_signal([&](int) { reactor.stop(); });
//   reactor.run();
//
// Everything handed in is called on the thread that runs run(), one at a time; on_bytes() of a link
// may work as long as it likes, and its peer waits. What a handler throws leaves run(). What the
// connections refer to must outlive the reactor.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "updraft/link.hpp"
#include "updraft/result.hpp"
#include "updraft/time.hpp"

#include "ports/linux/net_interfaces.hpp"
#include "protocols/link/origin.hpp"

namespace updraft::link {
class DatagramLink;
}

namespace updraft::linux_port {

// A link and what it needs to live, for one connection. The reactor owns it and destroys it when
// the connection is over.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual link::Link& link() = 0;
  // Before link() is asked for and hears anything. `peer` as in "127.0.0.1:50123" or "[::1]:50123".
  virtual void connected(const std::string& peer) { (void)peer; }
  // Once, as the last call, after the socket is closed. The outcome is the link's, or unreachable
  // if connect() found nobody.
  virtual void closed(const Result<>& outcome) { (void)outcome; }

  // For whoever changes the link from outside: has the reactor look at it again.
  void wake() {
    if (on_wake) on_wake();
  }
  std::function<void()> on_wake;           // the reactor's
  link::Origin origin = link::kSomewhere;  // of the peer, from connected() on; the reactor's

  // Bytes that the link has given and the peer has not acknowledged; 0 while there is no socket.
  std::size_t unacknowledged() const { return on_unacknowledged ? on_unacknowledged() : 0; }
  std::function<std::size_t()> on_unacknowledged;  // the reactor's
};

// Makes the machine for a client that has just connected; nullptr turns it away.
using ConnectionMaker = std::function<std::unique_ptr<Connection>()>;

// A listener has few places and a short queue for them. A peer that is proven() keeps its place;
// one that is greeted() keeps it for kGreetedMs from then on, any other one for `patience`. After
// that it gives way, if somebody waits; room.hpp says to whom.
struct ListenOptions {
  std::size_t places = 32;
  Millis patience{500};  // for the first whole words of a peer
  // Bytes the kernel may take in before the link reads them; 0: as the system likes. A chip has
  // little, so a virtual one that keeps its pace offers little, and the sender's progress is true.
  int receive_buffer = 0;
};

inline constexpr Millis kGreetedMs{3'000};
inline constexpr std::size_t kMostWaiting = 128;  // in the queue; one more, and one is sent away
inline constexpr Millis kWaitMs{10'000};          // for a place; then it is closed

struct ConnectOptions {
  Millis retry_for{0};  // how long to go on after a refusal; 0: each address is tried once
};

// In an error of connect(), in place of errno: nobody knows that name.
inline constexpr std::uint64_t kUnknownName = 0x10000;

class Reactor {
 public:
  Reactor();
  ~Reactor();  // open connections just go, without closed()
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  Instant now() const;  // since this reactor was made

  // Listens until the reactor goes. Returns the port, the real one if 0 was asked for. `address`
  // is numeric or a name of this host; "::" takes IPv4 too. Error: unreachable, `found` is errno.
  Result<std::uint16_t> listen(const std::string& address, std::uint16_t port, ConnectionMaker make,
                               const ListenOptions& options = {});

  // Tries all addresses of `host`, again and again for options.retry_for; then the link runs, or
  // closed() gets unreachable (`found`: errno of the last try, or kUnknownName). A name that nobody
  // has is not tried again, unless it is one of multicast DNS (.local).
  void connect(const std::string& host, std::uint16_t port, std::unique_ptr<Connection> connection,
               const ConnectOptions& options = {});

  // Hears datagrams on UDP, and connects back if the link wants it; until the reactor goes. The
  // link outlives the reactor. Address, port and error as with listen().
  Result<std::uint16_t> datagrams(const std::string& address, std::uint16_t port,
                                  link::DatagramLink& link);

  // The same in the group of multicast DNS on these networks (datagram_socket.hpp). `port`: 5353,
  // which it shares, or 0 for one of its own. Returns what to call once the link was changed from
  // outside.
  Result<std::function<void()>> multicasts(std::uint16_t port, std::vector<NetInterface> on,
                                           link::DatagramLink& link);

  // Runs a link on a serial line until it closes or the line is lost. `fd` stays the caller's.
  void serial(int fd, std::unique_ptr<Connection> connection);

  void after(Millis delay, std::function<void()> handler);  // once
  void on_signal(std::function<void(int)> handler);         // SIGINT and SIGTERM, from now on
  // Those that on_signal() has not told yet wait from now on, for the program that takes this one's
  // place: none is lost on the way from one to the other.
  void hold_signals();
  // Each line that can be read from `fd`, without its end; a line beyond 4096 bytes comes in parts.
  // Any kind of file will do. The end of the file is silence. Once per reactor.
  void on_line(int fd, std::function<void(std::string_view)> handler);

  // Until stop(), or until nothing is left that could happen. May be called again. A stop() before
  // run() makes it return immediately: so a thread can be stopped before it has begun.
  void run();
  void stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace updraft::linux_port
