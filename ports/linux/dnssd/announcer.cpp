#include "ports/linux/dnssd/announcer.hpp"

#include <algorithm>
#include <utility>

namespace updraft::linux_port {
namespace {

constexpr unsigned kProbes = 3, kAnnouncements = 2;
constexpr Millis kSaidAgainAfter{1'000};  // RFC 6762, 6.2: the same by multicast
constexpr std::uint32_t kGoodbye = 0;

DnsName type_name(const std::string& type) { return dns_name(type + ".local"); }

const DnsName& all_types() {
  static const DnsName name = dns_name("_services._dns-sd._udp.local");
  return name;
}

bool asks_for(const DnsQuestion& question, const DnsName& name, DnsType type) {
  return (question.type == type || question.type == DnsType::any) && same_name(question.name, name);
}

bool has(const std::vector<DnsRecord>& records, const DnsRecord& record) {
  return std::ranges::any_of(records, [&](const DnsRecord& other) {
    return same_name(other.name, record.name) && other.same_data(record);
  });
}

void add(std::vector<DnsRecord>& records, DnsRecord record) {
  if (!has(records, record)) records.push_back(std::move(record));
}

// Whoever asks and knows the answer needs none (7.1).
bool known(const DnsMessage& query, const DnsRecord& record) {
  return std::ranges::any_of(query.answers, [&](const DnsRecord& other) {
    return same_name(other.name, record.name) && other.same_data(record) &&
           other.ttl >= record.ttl / 2;
  });
}

}  // namespace

link::PeerAddress mdns_group() {
  link::PeerAddress group{.port = kMdnsPort};
  constexpr std::array<std::uint8_t, 6> kEnd{0xFF, 0xFF, 224, 0, 0, 251};
  std::ranges::transform(kEnd, group.ip.begin() + 10, [](std::uint8_t b) { return std::byte{b}; });
  return group;
}

Announcer::Announcer(Config config, Instant now) : config_(std::move(config)), name_(config_.name) {
  probe_from(now + Millis{config_.random() % 250});
}

// The names.

DnsName Announcer::instance(const Service& service) const {
  DnsName name = type_name(service.type);
  name.insert(name.begin(), name_);
  return name;
}

std::vector<DnsRecord> Announcer::host_records() const {
  std::vector<DnsRecord> records;
  std::vector<DnsType> types;
  for (const IpAddress& ip : config_.addresses) {
    records.push_back(address_record(host(), ip, kHostTtl));
    if (std::ranges::find(types, records.back().type) == types.end())
      types.push_back(records.back().type);
  }
  if (types.size() < 2) records.push_back(no_others_record(host(), types, kHostTtl));
  return records;
}

DnsRecord Announcer::pointer(const Service& service) const {
  return pointer_record(type_name(service.type), instance(service), kServiceTtl);
}
DnsRecord Announcer::place(const Service& service) const {
  return service_record(instance(service), host(), service.port, kHostTtl);
}
DnsRecord Announcer::text(const Service& service) const {
  return text_record(instance(service), service.text, kServiceTtl);
}

std::vector<DnsRecord> Announcer::own(const DnsName& name) const {
  std::vector<DnsRecord> records;
  if (same_name(name, host())) {
    for (const IpAddress& ip : config_.addresses)
      records.push_back(address_record(host(), ip, kHostTtl));
  }
  for (const Service& service : config_.services) {
    if (same_name(name, instance(service))) records.push_back(place(service));
  }
  return records;
}

// Asking for the name, and telling of it.

void Announcer::probe_from(Instant when) {
  state_ = State::probing;
  said_ = 0;
  next_ = when;
}

void Announcer::probe(Instant now) {
  DnsMessage message;
  const auto ask = [&](const DnsName& name) {
    message.questions.push_back({name, DnsType::any});
    for (DnsRecord& record : own(name)) {
      record.unique = false;  // 8.2: as they would stand, without the bit
      message.authorities.push_back(std::move(record));
    }
  };
  ask(host());
  for (const Service& service : config_.services) ask(instance(service));
  send(message, mdns_group(), now, now);
}

void Announcer::announce(Instant now, std::uint32_t ttl_times) {
  for (const Service& service : config_.services) {
    DnsMessage message{.response = true};
    message.answers = {pointer(service), place(service), text(service),
                       pointer_record(all_types(), type_name(service.type), kServiceTtl)};
    for (DnsRecord& record : host_records()) message.answers.push_back(std::move(record));
    for (DnsRecord& record : message.answers) record.ttl *= ttl_times;
    // Others on this host have services of the type, too.
    if (ttl_times == kGoodbye)
      std::erase_if(message.answers,
                    [](const DnsRecord& record) { return same_name(record.name, all_types()); });
    send(message, mdns_group(), now, now);
  }
}

void Announcer::say_goodbye(Instant now) {
  now_ = now;
  if (state_ == State::announced) {
    waiting_.clear();
    announce(now, kGoodbye);
  }
  state_ = State::gone;
  next_.reset();
}

void Announcer::rename(Instant now) {
  name_ = config_.name + "-" + std::to_string(++number_);
  ++conflicts_;
  waiting_.clear();
  probe_from(now +
             (conflicts_ < kManyConflicts ? Millis{config_.random() % 250} : kManyConflictsPause));
}

void Announcer::on_deadline(Instant now) {
  now_ = now;
  if (!next_ || now < *next_) return;
  if (state_ == State::probing && said_ == kProbes) {
    state_ = State::announced;
    said_ = 0;
    if (config_.named) config_.named(name_);
  }
  if (state_ == State::probing) {
    probe(now);
    ++said_;
    next_ = now + kProbePause;
    return;
  }
  announce(now, 1);
  conflicts_ = 0;
  next_.reset();
  if (++said_ < kAnnouncements) next_ = now + kAnnouncePause;
}

// What others say and ask.

void Announcer::on_datagram(const link::PeerAddress& from, Bytes bytes, Instant now) {
  now_ = now;
  const std::optional<DnsMessage> message = read_dns(bytes);
  if (!message || state_ == State::gone) return;
  if (!message->response) return on_query(*message, from, now);
  if (from.port == kMdnsPort) on_response(*message, now);  // 11: nobody else may answer
}

// Who has one of our names for something else? What we said ourselves comes back, too.
void Announcer::on_response(const DnsMessage& message, Instant now) {
  for (const auto* section : {&message.answers, &message.additionals}) {
    for (const DnsRecord& record : *section) {
      const bool counts =
          record.type == DnsType::a || record.type == DnsType::aaaa || record.type == DnsType::srv;
      const std::vector<DnsRecord> ours = own(record.name);
      if (!counts || record.ttl == kGoodbye || ours.empty() || has(ours, record)) continue;
      if (state_ == State::probing) return rename(now);
      return probe_from(now);  // whoever has it longer says so now, and then we give way
    }
  }
}

// Two that ask for the same name at the same time: the larger records win (8.2).
bool Announcer::loses_against(const DnsMessage& probe) const {
  using Row = std::pair<DnsType, std::vector<std::byte>>;
  const auto rows = [](const std::vector<DnsRecord>& records, const DnsName& name) {
    std::vector<Row> sorted;
    for (const DnsRecord& record : records) {
      if (same_name(record.name, name)) sorted.emplace_back(record.type, record.data);
    }
    std::ranges::sort(sorted);
    return sorted;
  };
  return std::ranges::any_of(probe.questions, [&](const DnsQuestion& question) {
    const std::vector<DnsRecord> ours = own(question.name);
    return !ours.empty() && rows(probe.authorities, question.name) > rows(ours, question.name);
  });
}

void Announcer::on_query(const DnsMessage& message, const link::PeerAddress& from, Instant now) {
  if (state_ == State::probing) {
    if (loses_against(message)) probe_from(now + kLostProbePause);
    return;
  }
  bool shared = false;
  DnsMessage reply = reply_to(message, shared);
  if (reply.answers.empty()) return;
  if (from.port == kMdnsPort) {
    // Many may answer at once (6.3): not all in the same moment.
    const Millis pause{shared ? 20 + config_.random() % 100 : 0};
    return send(reply, mdns_group(), now + pause, now);
  }
  reply.id = message.id;
  reply.questions = message.questions;
  for (auto* section : {&reply.answers, &reply.additionals}) {
    for (DnsRecord& record : *section) {
      record.ttl = std::min(record.ttl, kLegacyTtl);
      record.unique = false;
    }
  }
  send(reply, from, now, now);
}

DnsMessage Announcer::reply_to(const DnsMessage& query, bool& shared) const {
  DnsMessage reply{.response = true};
  for (const DnsQuestion& question : query.questions) {
    for (const Service& service : config_.services) answer_with(reply, service, question);
    for (DnsRecord& record : host_records()) {
      const bool asked = asks_for(question, host(), record.type);
      const bool none = same_name(question.name, host()) && record.type == DnsType::nsec;
      if (asked || none) add(reply.answers, std::move(record));
    }
  }
  std::erase_if(reply.answers, [&](const DnsRecord& record) { return known(query, record); });
  std::erase_if(reply.additionals,
                [&](const DnsRecord& record) { return has(reply.answers, record); });
  shared =
      std::ranges::any_of(reply.answers, [](const DnsRecord& record) { return !record.unique; });
  return reply;
}

// With what whoever asks wants to know next (RFC 6763, 12).
void Announcer::answer_with(DnsMessage& reply, const Service& service,
                            const DnsQuestion& question) const {
  const DnsName type = type_name(service.type), name = instance(service);
  if (asks_for(question, all_types(), DnsType::ptr)) {
    add(reply.answers, pointer_record(all_types(), type, kServiceTtl));
  }
  const bool by_type = asks_for(question, type, DnsType::ptr);
  const bool by_name = asks_for(question, name, DnsType::srv);
  if (by_type) add(reply.answers, pointer(service));
  if (by_name) add(reply.answers, place(service));
  if (asks_for(question, name, DnsType::txt)) add(reply.answers, text(service));
  if (by_type) {
    add(reply.additionals, place(service));
    add(reply.additionals, text(service));
  }
  if (!by_type && !by_name) return;
  for (DnsRecord& record : host_records()) add(reply.additionals, std::move(record));
}

void Announcer::send(const DnsMessage& message, const link::PeerAddress& to, Instant due,
                     Instant now) {
  Waiting reply{.due = due, .to = to, .bytes = write_dns(message)};
  const auto same = [&](const auto& other) { return other.bytes == reply.bytes; };
  if (waiting_.size() == kMostMdnsReplies || reply.bytes.size() > link::kDatagramBytes) return;
  if (to == mdns_group() && message.response && state_ == State::announced) {
    std::erase_if(said_lately_,
                  [&](const Said& said) { return now - said.when >= kSaidAgainAfter; });
    if (std::ranges::any_of(said_lately_, same) || std::ranges::any_of(waiting_, same)) return;
    if (said_lately_.size() >= kMostMdnsReplies) return;
  }
  waiting_.push_back(std::move(reply));
}

std::optional<link::DatagramLink::Datagram> Announcer::write_to(MutableBytes tx) {
  const auto due =
      std::ranges::find_if(waiting_, [this](const Waiting& one) { return one.due <= now_; });
  if (due == waiting_.end()) return std::nullopt;
  const Datagram datagram{.to = due->to, .size = due->bytes.size()};
  std::ranges::copy(due->bytes, tx.begin());
  if (due->to == mdns_group()) said_lately_.push_back({now_, std::move(due->bytes)});
  waiting_.erase(due);
  return datagram;
}

std::optional<Instant> Announcer::deadline() const {
  std::optional<Instant> first = next_;
  for (const Waiting& one : waiting_) first = first ? std::min(*first, one.due) : one.due;
  return first;
}

}  // namespace updraft::linux_port
