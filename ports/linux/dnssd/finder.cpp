#include "ports/linux/dnssd/finder.hpp"

#include <algorithm>

namespace updraft::linux_port {
namespace {

constexpr std::size_t kQuestionsAtOnce = 8;  // far below what one datagram takes

std::string text_of(const DnsName& name) {
  std::string text;
  for (const std::string& label : name) text += (text.empty() ? "" : ".") + label;
  return text;
}

// The same for every way to write it. Two hosts on two networks may have one name: what each says
// is kept apart.
std::string key_of(const DnsName& name, const link::PeerAddress& from) {
  std::string key = text_of(name);
  for (char& c : key) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return key + '\0' + std::string(as_text(from.ip));
}

std::optional<IpAddress> address_of(const DnsRecord& record) {
  IpAddress ip{};
  const bool v4 = record.type == DnsType::a;
  if (record.data.size() != (v4 ? 4U : 16U)) return std::nullopt;
  if (v4) ip[10] = ip[11] = std::byte{0xFF};
  std::ranges::copy(record.data, ip.end() - static_cast<std::ptrdiff_t>(record.data.size()));
  return ip;
}

}  // namespace

Finder::Finder(const std::string& type, Instant now, std::vector<link::PeerAddress> also)
    : type_(dns_name(type + ".local")), asked_(std::move(also)), next_(now) {
  asked_.resize(std::min(asked_.size(), kMostAsked));
  asked_.push_back(mdns_group());  // the last is sent first
}

// For all of the type, and for what is not known yet of those that were heard of.
void Finder::ask(Instant now) {
  DnsMessage message;
  message.questions.push_back({type_, DnsType::ptr});
  for (const auto& [key, heard] : heard_) {
    if (message.questions.size() == kQuestionsAtOnce) break;
    if (heard.port == 0) message.questions.push_back({heard.name, DnsType::any});
    const bool nowhere =
        !heard.host.empty() && !addresses_.contains(key_of(heard.host, heard.from));
    if (nowhere) message.questions.push_back({heard.host, DnsType::a});
  }
  const std::vector<std::byte> bytes = write_dns(message);
  out_.clear();  // what the last second has not sent is the same
  for (const link::PeerAddress& to : asked_) out_.push_back({to, bytes});
  next_ = now + kAskAgain;
}

void Finder::on_deadline(Instant now) {
  if (now >= next_) ask(now);
}

std::optional<link::DatagramLink::Datagram> Finder::write_to(MutableBytes tx) {
  if (out_.empty()) return std::nullopt;
  const Out next = std::move(out_.back());
  out_.pop_back();
  if (next.bytes.size() > tx.size()) return std::nullopt;
  std::ranges::copy(next.bytes, tx.begin());
  return Datagram{.to = next.to, .size = next.bytes.size()};
}

void Finder::on_datagram(const link::PeerAddress& from, Bytes bytes, Instant) {
  const std::optional<DnsMessage> message = read_dns(bytes);
  if (!message || !message->response || from.port != kMdnsPort) return;
  for (const auto* section : {&message->answers, &message->additionals}) {  // pointers come first
    for (const DnsRecord& record : *section) hear(record, from);
  }
}

void Finder::hear(const DnsRecord& record, const link::PeerAddress& from) {
  const std::string key = key_of(record.name, from);
  if (record.type == DnsType::ptr && same_name(record.name, type_)) {
    const DnsName instance = record.target();
    const bool of_type = instance.size() == type_.size() + 1;
    if (!of_type) return;
    if (record.ttl == 0) {  // it says goodbye
      heard_.erase(key_of(instance, from));
    } else if (heard_.size() < kMostFound) {
      heard_.try_emplace(key_of(instance, from),
                         Heard{.name = instance, .from = from, .host = {}, .port = 0, .text = {}});
    }
  } else if (record.type == DnsType::a || record.type == DnsType::aaaa) {
    if (addresses_.size() >= kMostFound && !addresses_.contains(key)) return;
    std::vector<IpAddress>& known = addresses_[key];
    const std::optional<IpAddress> ip = address_of(record);
    const bool fresh =
        ip && known.size() < kMostFoundAddresses && std::ranges::find(known, *ip) == known.end();
    if (fresh) known.push_back(*ip);
  } else if (const auto at = heard_.find(key); at != heard_.end()) {
    if (record.type == DnsType::srv) {
      at->second.host = record.target();
      at->second.port = record.port();
    } else if (record.type == DnsType::txt) {
      at->second.text = record.strings();
    }
  }
}

std::vector<Finder::Found> Finder::found() const {
  std::vector<Found> all;
  for (const auto& [key, heard] : heard_) {
    const auto at = addresses_.find(key_of(heard.host, heard.from));
    if (heard.port == 0 || at == addresses_.end()) continue;
    all.push_back({.name = heard.name.front(),
                   .host = text_of(heard.host),
                   .port = heard.port,
                   .text = heard.text,
                   .addresses = at->second});
  }
  return all;
}

}  // namespace updraft::linux_port
