// A protocol in datagrams, as a port sees it, with a connection back if it asks for one: a host
// invites by UDP, and the device calls it on TCP (protocols/arduino/SPEC.md). No sockets, no
// clock, no heap.
//
// The port does this, for as long as its socket is open:
//   deliver what happened (on_datagram, on_deadline)
//   send every datagram that write_to() gives; one that cannot be sent is lost, as on the way
//   when call_back() returns an address: connect to it by TCP, drive the link that it gives as any
//     other, and call on_called_back() when that is over
//   wait for datagrams until deadline()
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/link.hpp"

#include "protocols/link/origin.hpp"

namespace updraft::link {

inline constexpr std::size_t kDatagramBytes = 1472;  // what fits into a frame of Ethernet; also
                                                     // the least room that write_to() is offered

struct PeerAddress {
  std::array<std::byte, 16> ip{};  // IPv6; IPv4 as ::ffff:a.b.c.d
  std::uint16_t port = 0;
  // Of a link-local address, fe80::/10: the interface that it is valid on, as the system numbers
  // them; 0: none. Without it nobody can be called back there.
  std::uint32_t scope = 0;
  bool operator==(const PeerAddress&) const = default;
};

// The first eight bytes of an IPv6 address, of which one owner has all the rest; all of IPv4.
inline Origin origin_of(const PeerAddress& peer) {
  const Bytes ip = peer.ip;
  const bool mapped = load_be(ip.first(8)) == 0 && load_be(ip.subspan(8, 4)) == 0xFFFF;
  return load_be(mapped ? ip.subspan(8) : ip.first(8));
}

class DatagramLink {
 public:
  struct Datagram {
    PeerAddress to;
    std::size_t size = 0;  // bytes of it
  };
  struct Call {
    PeerAddress to;
    Link* link = nullptr;  // lives until on_called_back()
  };

  // Whole, or its first kDatagramBytes.
  virtual void on_datagram(const PeerAddress& from, Bytes bytes, Instant now) = 0;
  virtual void on_deadline(Instant now) { (void)now; }
  // The connection of the last call_back() is over; the outcome is its link's, or unreachable if
  // it never came about and the link was never called.
  virtual void on_called_back(const Result<>& outcome, Instant now) {
    (void)outcome;
    (void)now;
  }

  virtual std::optional<Datagram> write_to(MutableBytes tx) {  // the next one; none: nothing now
    (void)tx;
    return std::nullopt;
  }
  virtual std::optional<Call> call_back() { return std::nullopt; }  // once for each wish
  virtual std::optional<Instant> deadline() const { return std::nullopt; }

 protected:
  ~DatagramLink() = default;
};

}  // namespace updraft::link
