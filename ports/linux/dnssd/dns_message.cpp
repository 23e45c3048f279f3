#include "ports/linux/dnssd/dns_message.hpp"

#include <algorithm>
#include <array>

#include "engine/core/words.hpp"

namespace updraft::linux_port {
namespace {

constexpr std::uint16_t kClassIn = 1, kTopBit = 0x8000, kResponse = 0x8400;  // authoritative
constexpr std::uint8_t kPointer = 0xC0;
constexpr std::size_t kHeaderBytes = 12;

std::uint16_t be16(Bytes bytes, std::size_t at) {
  return static_cast<std::uint16_t>(load_u8(bytes, at) << 8 | load_u8(bytes, at + 1));
}

void put16(std::vector<std::byte>& out, std::uint16_t value) {
  out.push_back(static_cast<std::byte>(value >> 8));
  out.push_back(static_cast<std::byte>(value & 0xFF));
}

void put_text(std::vector<std::byte>& out, std::string_view text) {
  out.push_back(static_cast<std::byte>(text.size()));
  const Bytes bytes = as_bytes(text);
  out.insert(out.end(), bytes.begin(), bytes.end());
}

void put_name(std::vector<std::byte>& out, const DnsName& name) {
  for (const std::string& label : name)
    put_text(out, std::string_view(label).substr(0, kDnsLabelBytes));
  out.push_back(std::byte{0});
}

class Reader {
 public:
  explicit Reader(Bytes all) : all_(all), at_(kHeaderBytes) {}

  bool question(DnsQuestion& out) {
    if (!name(out.name) || all_.size() - at_ < 4) return false;
    out.type = DnsType{be16(all_, at_)};
    at_ += 4;
    return true;
  }

  // `kept`: it is of the class IN.
  bool record(DnsRecord& out, bool& kept) {
    if (!name(out.name) || all_.size() - at_ < 10) return false;
    out.type = DnsType{be16(all_, at_)};
    const std::uint16_t kind = be16(all_, at_ + 2);
    out.unique = (kind & kTopBit) != 0;
    kept = (kind & ~kTopBit) == kClassIn;
    out.ttl = std::uint32_t{be16(all_, at_ + 4)} << 16 | be16(all_, at_ + 6);
    const std::size_t size = be16(all_, at_ + 8);
    at_ += 10;
    if (all_.size() - at_ < size) return false;
    const std::size_t end = at_ + size;
    if (!data(out, end)) return false;
    at_ = end;
    return true;
  }

 private:
  bool data(DnsRecord& out, std::size_t end) {
    const std::size_t fixed = out.type == DnsType::srv ? 6 : 0;  // priority, weight, port
    if (out.type != DnsType::ptr && out.type != DnsType::srv) {
      const Bytes plain = all_.subspan(at_, end - at_);
      out.data.assign(plain.begin(), plain.end());
      return true;
    }
    if (end - at_ < fixed) return false;
    const Bytes plain = all_.subspan(at_, fixed);
    out.data.assign(plain.begin(), plain.end());
    at_ += fixed;
    DnsName target;
    if (!name(target) || at_ > end) return false;
    put_name(out.data, target);
    return true;
  }

  // A pointer leads to before the place where its name began, so no walk is endless.
  bool name(DnsName& out) {
    out.clear();
    std::size_t at = at_, began = at_, used = 1;
    bool jumped = false;
    while (at < all_.size()) {
      const std::uint8_t length = load_u8(all_, at);
      if (length == 0) {
        if (!jumped) at_ = at + 1;
        return true;
      }
      if ((length & kPointer) == kPointer) {
        if (all_.size() - at < 2) return false;
        const std::size_t to = be16(all_, at) & 0x3FFF;
        if (!jumped) at_ = at + 2;
        jumped = true;
        if (to >= began) return false;
        at = began = to;
        continue;
      }
      used += length + std::size_t{1};
      if (length > kDnsLabelBytes || all_.size() - at <= length || used > kDnsNameBytes)
        return false;
      out.emplace_back(as_text(all_.subspan(at + 1, length)));
      at += length + std::size_t{1};
    }
    return false;
  }

  Bytes all_;
  std::size_t at_;
};

void put_record(std::vector<std::byte>& out, const DnsRecord& record) {
  put_name(out, record.name);
  put16(out, static_cast<std::uint16_t>(record.type));
  put16(out, static_cast<std::uint16_t>(kClassIn | (record.unique ? kTopBit : 0)));
  put16(out, static_cast<std::uint16_t>(record.ttl >> 16));
  put16(out, static_cast<std::uint16_t>(record.ttl & 0xFFFF));
  put16(out, static_cast<std::uint16_t>(record.data.size()));
  out.insert(out.end(), record.data.begin(), record.data.end());
}

// A name that is written out, from `at` on.
DnsName written_name(Bytes data, std::size_t at) {
  DnsName name;
  while (at < data.size() && load_u8(data, at) != 0) {
    const std::size_t length = load_u8(data, at);
    if (data.size() - at <= length) return {};
    name.emplace_back(as_text(data.subspan(at + 1, length)));
    at += length + 1;
  }
  return name;
}

}  // namespace

DnsName dns_name(std::string_view text) {
  DnsName name;
  while (!text.empty()) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    name.emplace_back(text.substr(0, dot));
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return name;
}

bool same_name(const DnsName& a, const DnsName& b) { return std::ranges::equal(a, b, same_word); }

DnsName DnsRecord::target() const {
  if (type == DnsType::ptr) return written_name(data, 0);
  return type == DnsType::srv ? written_name(data, 6) : DnsName{};
}

std::uint16_t DnsRecord::port() const {
  return type == DnsType::srv && data.size() >= 6 ? be16(data, 4) : std::uint16_t{0};
}

std::vector<std::string> DnsRecord::strings() const {
  std::vector<std::string> all;
  const Bytes bytes = data;
  for (std::size_t at = 0; type == DnsType::txt && at < bytes.size();) {
    const std::size_t length = load_u8(bytes, at);
    if (bytes.size() - at <= length) break;
    all.emplace_back(as_text(bytes.subspan(at + 1, length)));
    at += length + 1;
  }
  return all;
}

bool DnsRecord::same_data(const DnsRecord& other) const {
  if (type != other.type) return false;
  if (type == DnsType::ptr) return same_name(target(), other.target());
  if (type != DnsType::srv) return data == other.data;
  return port() == other.port() && same_name(target(), other.target());
}

std::optional<DnsMessage> read_dns(Bytes bytes) {
  if (bytes.size() < kHeaderBytes) return std::nullopt;
  DnsMessage message{.id = be16(bytes, 0), .response = (be16(bytes, 2) & kTopBit) != 0};
  const std::array<std::size_t, 4> counts{be16(bytes, 4), be16(bytes, 6), be16(bytes, 8),
                                          be16(bytes, 10)};
  if (counts[0] + counts[1] + counts[2] + counts[3] > kMostDnsRecords) return std::nullopt;
  Reader reader(bytes);
  for (std::size_t i = 0; i < counts[0]; ++i) {
    DnsQuestion question;
    if (!reader.question(question)) return std::nullopt;
    message.questions.push_back(std::move(question));
  }
  const std::array<std::vector<DnsRecord>*, 3> sections{&message.answers, &message.authorities,
                                                        &message.additionals};
  for (std::size_t section = 0; section < sections.size(); ++section) {
    for (std::size_t i = 0; i < counts[section + 1]; ++i) {
      DnsRecord record;
      bool kept = false;
      if (!reader.record(record, kept)) return std::nullopt;
      if (kept) sections[section]->push_back(std::move(record));
    }
  }
  return message;
}

std::vector<std::byte> write_dns(const DnsMessage& message) {
  std::vector<std::byte> out;
  put16(out, message.id);
  put16(out, message.response ? kResponse : std::uint16_t{0});
  put16(out, static_cast<std::uint16_t>(message.questions.size()));
  for (const auto* section : {&message.answers, &message.authorities, &message.additionals}) {
    put16(out, static_cast<std::uint16_t>(section->size()));
  }
  for (const DnsQuestion& question : message.questions) {
    put_name(out, question.name);
    put16(out, static_cast<std::uint16_t>(question.type));
    put16(out, kClassIn);
  }
  for (const auto* section : {&message.answers, &message.authorities, &message.additionals}) {
    for (const DnsRecord& record : *section) put_record(out, record);
  }
  return out;
}

DnsRecord address_record(DnsName host, const std::array<std::byte, 16>& ip, std::uint32_t ttl) {
  constexpr std::array<std::byte, 12> kMapped{
      {{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, std::byte{0xFF}, std::byte{0xFF}}};
  const bool v4 = std::equal(kMapped.begin(), kMapped.end(), ip.begin());
  DnsRecord record{
      .name = std::move(host), .type = v4 ? DnsType::a : DnsType::aaaa, .unique = true, .ttl = ttl};
  record.data.assign(ip.begin() + (v4 ? kMapped.size() : 0), ip.end());
  return record;
}

DnsRecord pointer_record(DnsName name, const DnsName& target, std::uint32_t ttl) {
  DnsRecord record{.name = std::move(name), .type = DnsType::ptr, .ttl = ttl};
  put_name(record.data, target);
  return record;
}

DnsRecord service_record(DnsName name, const DnsName& host, std::uint16_t port, std::uint32_t ttl) {
  DnsRecord record{.name = std::move(name), .type = DnsType::srv, .unique = true, .ttl = ttl};
  for (const std::uint16_t number : {std::uint16_t{0}, std::uint16_t{0}, port})
    put16(record.data, number);
  put_name(record.data, host);
  return record;
}

DnsRecord text_record(DnsName name, const std::vector<std::string>& strings, std::uint32_t ttl) {
  DnsRecord record{.name = std::move(name), .type = DnsType::txt, .unique = true, .ttl = ttl};
  for (const std::string& text : strings)
    put_text(record.data, std::string_view(text).substr(0, 255));
  if (strings.empty()) record.data.push_back(std::byte{0});  // one empty string (RFC 6763, 6.1)
  return record;
}

DnsRecord no_others_record(const DnsName& name, const std::vector<DnsType>& types,
                           std::uint32_t ttl) {
  DnsRecord record{.name = name, .type = DnsType::nsec, .unique = true, .ttl = ttl};
  put_name(record.data, name);
  std::vector<std::byte> bits;
  for (const DnsType type : types) {
    const auto number = static_cast<std::size_t>(type);
    if (bits.size() <= number / 8) bits.resize(number / 8 + 1);
    bits[number / 8] |= std::byte{0x80} >> (number % 8);
  }
  record.data.push_back(std::byte{0});  // window block 0
  record.data.push_back(static_cast<std::byte>(bits.size()));
  record.data.insert(record.data.end(), bits.begin(), bits.end());
  return record;
}

}  // namespace updraft::linux_port
