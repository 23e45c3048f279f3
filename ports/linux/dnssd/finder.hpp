// Asks the local network for the devices that announce a service (RFC 6762, 5.1 and 6.7), from a
// port of its own: a daemon on this machine is not disturbed, and none is needed. No sockets, no
// clock.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/dnssd/announcer.hpp"

namespace updraft::linux_port {

inline constexpr Millis kAskAgain{1'000};
inline constexpr std::size_t kMostAsked = 32;   // hosts, beside the group
inline constexpr std::size_t kMostFound = 256;  // instances; a stranger can make up any number
inline constexpr std::size_t kMostFoundAddresses = 16;  // of one host

class Finder final : public link::DatagramLink {
 public:
  struct Found {
    std::string name;  // of the instance; not trusted to be printable
    std::string host;  // "kitchen.local", as far
    std::uint16_t port = 0;
    std::vector<std::string> text;  // "key=value", as far
    std::vector<IpAddress> addresses;
  };

  // Asks for `type`, such as "_updraft._tcp"; besides the group also these hosts directly (5.5),
  // kMostAsked at most: where a network loses what goes to the group, they hear it all the same.
  Finder(const std::string& type, Instant now, std::vector<link::PeerAddress> also = {});

  void on_datagram(const link::PeerAddress& from, Bytes bytes, Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<Datagram> write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override { return next_; }

  // Those whose place is known, by their names.
  std::vector<Found> found() const;

 private:
  struct Heard {
    DnsName name;
    link::PeerAddress from;
    DnsName host;
    std::uint16_t port = 0;
    std::vector<std::string> text;
  };
  void ask(Instant now);
  void hear(const DnsRecord& record, const link::PeerAddress& from);

  DnsName type_;
  std::vector<link::PeerAddress> asked_;  // the group, and those
  Instant next_;
  // By a name, and who said it: of the instance, of the host.
  std::map<std::string, Heard> heard_;
  std::map<std::string, std::vector<IpAddress>> addresses_;
  struct Out {
    link::PeerAddress to;
    std::vector<std::byte> bytes;
  };
  std::vector<Out> out_;
};

}  // namespace updraft::linux_port
