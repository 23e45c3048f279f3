// Tells the local network of a device and of the services that it has, by multicast DNS (RFC 6762,
// RFC 6763), beside any daemon that does the same on this machine. No sockets, no clock.
//
// The name is asked for three times before it is used. If somebody else has it, "kitchen" becomes
// "kitchen-2". Queries are answered from then on: by multicast, or to a program that asks from a
// port of its own, directly.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "ports/linux/dnssd/dns_message.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {

inline constexpr std::uint16_t kMdnsPort = 5353;
inline constexpr Millis kProbePause{250};            // RFC 6762, 8.1
inline constexpr Millis kAnnouncePause{1'000};       // 8.3
inline constexpr Millis kLostProbePause{1'000};      // 8.2: who asks at the same time, and wins
inline constexpr Millis kManyConflictsPause{5'000};  // 8.1: after kManyConflicts
inline constexpr unsigned kManyConflicts = 15;
inline constexpr std::uint32_t kHostTtl = 120, kServiceTtl = 4'500;  // seconds
inline constexpr std::uint32_t kLegacyTtl = 10;                      // 6.7, at most
// That wait to be sent, and different ones by multicast within a second; others are lost.
inline constexpr std::size_t kMostMdnsReplies = 32;

link::PeerAddress mdns_group();  // 224.0.0.251, kMdnsPort

using IpAddress = std::array<std::byte, 16>;  // IPv6; IPv4 as ::ffff:a.b.c.d

class Announcer final : public link::DatagramLink {
 public:
  struct Service {
    std::string type;  // "_updraft._tcp"
    std::uint16_t port = 0;
    std::vector<std::string> text;  // "key=value", at most 255 bytes each
  };
  struct Config {
    std::string name;  // letters, digits and hyphens: of the host, and of each service
    std::vector<Service> services;
    std::vector<IpAddress> addresses;  // of the host
    std::function<std::uint32_t()> random;
    // The name is ours; again if it had to change.
    std::function<void(const std::string&)> named = {};
  };
  Announcer(Config config, Instant now);

  void on_datagram(const link::PeerAddress& from, Bytes bytes, Instant now) override;
  void on_deadline(Instant now) override;
  std::optional<Datagram> write_to(MutableBytes tx) override;
  std::optional<Instant> deadline() const override;

  const std::string& name() const { return name_; }
  // What others know of us they forget. Nothing is said after it.
  void say_goodbye(Instant now);

 private:
  enum class State : std::uint8_t { probing, announced, gone };
  struct Waiting {
    Instant due{};
    link::PeerAddress to;
    std::vector<std::byte> bytes;
  };
  struct Said {
    Instant when{};
    std::vector<std::byte> bytes;
  };

  void probe_from(Instant when);
  void probe(Instant now);
  void announce(Instant now, std::uint32_t ttl_times);  // 0: goodbye
  void rename(Instant now);
  void on_response(const DnsMessage& message, Instant now);
  void on_query(const DnsMessage& message, const link::PeerAddress& from, Instant now);
  bool loses_against(const DnsMessage& probe) const;
  DnsMessage reply_to(const DnsMessage& query, bool& shared) const;
  void answer_with(DnsMessage& reply, const Service& service, const DnsQuestion& question) const;
  void send(const DnsMessage& message, const link::PeerAddress& to, Instant due, Instant now);

  DnsName host() const { return {name_, "local"}; }
  DnsName instance(const Service& service) const;
  std::vector<DnsRecord> host_records() const;
  DnsRecord pointer(const Service& service) const;
  DnsRecord place(const Service& service) const;
  DnsRecord text(const Service& service) const;
  std::vector<DnsRecord> own(const DnsName& name) const;  // of these, nobody else may have others

  Config config_;
  std::string name_;
  State state_ = State::probing;
  unsigned said_ = 0;                    // probes, then announcements
  unsigned conflicts_ = 0, number_ = 1;  // of the name
  Instant now_{};
  std::optional<Instant> next_;  // probe or announcement
  std::vector<Waiting> waiting_;
  std::vector<Said> said_lately_;  // by multicast
};

}  // namespace updraft::linux_port
