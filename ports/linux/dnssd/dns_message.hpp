// Messages of the DNS, as far as finding devices on the local network needs them (RFC 1035, RFC
// 6762): questions, and records of the types A, AAAA, PTR, TXT, SRV and NSEC. No sockets.
//
//   const std::optional<DnsMessage> message = read_dns(datagram);   // nullopt: not a whole one
//   const std::vector<std::byte> bytes = write_dns(reply);
//
// Names are written out in full: what we send is small, and every reader takes them so.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::linux_port {

inline constexpr std::size_t kDnsLabelBytes = 63;  // RFC 1035, section 2.3.4
inline constexpr std::size_t kDnsNameBytes = 255;
// In one message. A busy network answers with some dozens; one datagram has no room for more.
inline constexpr std::size_t kMostDnsRecords = 512;

using DnsName = std::vector<std::string>;  // labels: {"kitchen", "_updraft", "_tcp", "local"}

DnsName dns_name(std::string_view text);             // of "_updraft._tcp.local"
bool same_name(const DnsName& a, const DnsName& b);  // without regard to the case of letters

enum class DnsType : std::uint16_t {
  a = 1,
  ptr = 12,
  txt = 16,
  aaaa = 28,
  srv = 33,
  nsec = 47,
  any = 255
};

struct DnsQuestion {
  DnsName name;
  DnsType type{};
};

struct DnsRecord {
  DnsName name;
  DnsType type{};
  bool unique = false;    // nobody else has records of this name and type ("cache flush")
  std::uint32_t ttl = 0;  // seconds
  // As it stands in a message, except that the name in PTR and SRV is written out.
  std::vector<std::byte> data;

  // Of PTR and SRV; empty: of another type, or malformed.
  DnsName target() const;
  std::uint16_t port() const;                // of SRV
  std::vector<std::string> strings() const;  // of TXT
  bool same_data(const DnsRecord& other) const;
};

struct DnsMessage {
  std::uint16_t id = 0;
  bool response = false;
  std::vector<DnsQuestion> questions;
  std::vector<DnsRecord> answers, authorities, additionals;
};

// nullopt: it is cut short, points in circles, or has more than kMostDnsRecords. Records of another
// class than IN are left out.
std::optional<DnsMessage> read_dns(Bytes bytes);
std::vector<std::byte> write_dns(const DnsMessage& message);

// Records, with a TTL of theirs.
DnsRecord address_record(DnsName host, const std::array<std::byte, 16>& ip, std::uint32_t ttl);
DnsRecord pointer_record(DnsName name, const DnsName& target, std::uint32_t ttl);
DnsRecord service_record(DnsName name, const DnsName& host, std::uint16_t port, std::uint32_t ttl);
DnsRecord text_record(DnsName name, const std::vector<std::string>& strings, std::uint32_t ttl);
// That `name` has records of these types and no others, all below 256.
DnsRecord no_others_record(const DnsName& name, const std::vector<DnsType>& types,
                           std::uint32_t ttl);

}  // namespace updraft::linux_port
