#include "ports/linux/dnssd/announcer.hpp"

#include <gtest/gtest.h>

#include "ports/linux/dnssd/finder.hpp"

namespace updraft::linux_port {
namespace {

IpAddress address(std::uint8_t last) {
  IpAddress ip{};
  ip[10] = ip[11] = std::byte{0xFF};
  ip[12] = std::byte{10};
  ip[15] = std::byte{last};
  return ip;
}

link::PeerAddress peer(std::uint8_t last, std::uint16_t port) {
  return {.ip = address(last), .port = port};
}

Announcer::Config config(const std::string& name, std::uint8_t last) {
  return {.name = name,
          .services = {{.type = "_updraft._tcp", .port = 18'000, .text = {"v=1", "id=" + name}}},
          .addresses = {address(last)},
          .random = [] { return 0U; }};
}

// What a machine says until nothing is due, up to `until`; each datagram goes to all.
struct Network {
  struct Host {
    link::DatagramLink* machine;
    link::PeerAddress at;
  };
  struct Said {
    Instant when;
    link::PeerAddress from, to;
    DnsMessage message;
  };

  void run(Millis until) {
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < hosts.size(); ++i) more = turn(i) || more;
      if (more) continue;
      std::optional<Instant> next;
      for (const Host& host : hosts) {
        const auto due = host.machine->deadline();
        if (due && (!next || *due < *next)) next = due;
      }
      if (!next || *next > Instant{until}) break;
      now = std::max(now, *next);
      for (const Host& host : hosts) host.machine->on_deadline(now);
      more = true;
    }
    now = Instant{until};
  }

  bool turn(std::size_t i) {
    std::array<std::byte, link::kDatagramBytes> room;
    const auto datagram = hosts[i].machine->write_to(room);
    if (!datagram) return false;
    const Bytes bytes = Bytes(room).first(datagram->size);
    const auto message = read_dns(bytes);
    EXPECT_TRUE(message) << "what is said can be read";
    if (message) said.push_back({now, hosts[i].at, datagram->to, *message});
    for (const Host& host : hosts) {
      const bool hears =
          datagram->to == mdns_group() ? host.at.port == kMdnsPort : host.at == datagram->to;
      if (hears) host.machine->on_datagram(hosts[i].at, bytes, now);
    }
    return true;
  }

  std::vector<Host> hosts;
  std::vector<Said> said;
  Instant now{};
};

DnsMessage ask(const char* name, DnsType type) {
  DnsMessage message{.id = 42};
  message.questions = {{dns_name(name), type}};
  return message;
}

TEST(Announcer, AsksThreeTimesThenTellsTwice) {
  Announcer announcer(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{60'000});
  ASSERT_EQ(network.said.size(), 5U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_FALSE(network.said[i].message.response);
    EXPECT_EQ(network.said[i].when, Instant{kProbePause * static_cast<int>(i)});
    EXPECT_EQ(network.said[i].message.authorities.size(), 2U) << "its address and its place";
  }
  for (std::size_t i = 3; i < 5; ++i) {
    EXPECT_TRUE(network.said[i].message.response);
    EXPECT_EQ(network.said[i].to, mdns_group());
  }
  EXPECT_EQ(network.said[4].when - network.said[3].when, kAnnouncePause);
}

TEST(Announcer, IsFound) {
  Announcer kitchen(config("kitchen", 1), Instant{}), hall(config("hall", 2), Instant{});
  Network network{.hosts = {{&kitchen, peer(1, kMdnsPort)}, {&hall, peer(2, kMdnsPort)}},
                  .said = {}};
  network.run(Millis{5'000});
  Finder finder("_updraft._tcp", network.now);
  network.hosts.push_back({&finder, peer(3, 40'000)});
  network.run(Millis{5'500});
  const std::vector<Finder::Found> found = finder.found();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].name, "kitchen");
  EXPECT_EQ(found[1].host, "kitchen.local");
  EXPECT_EQ(found[1].port, 18'000);
  EXPECT_EQ(found[1].text, (std::vector<std::string>{"v=1", "id=kitchen"}));
  EXPECT_EQ(found[1].addresses, std::vector<IpAddress>{address(1)});
}

struct Query {
  const char* name;
  const char* of;
  DnsType type;
  std::size_t answers, additionals;
};

class AnnouncerAnswers : public testing::TestWithParam<Query> {};

// By their types and names; from a port of one's own the answer comes directly, with the id.
TEST_P(AnnouncerAnswers, WhatIsAsked) {
  const Query& row = GetParam();
  Announcer announcer(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{5'000});
  network.said.clear();
  const std::vector<std::byte> query = write_dns(ask(row.of, row.type));
  announcer.on_datagram(peer(9, 40'000), query, network.now);
  network.run(Millis{6'000});
  ASSERT_EQ(network.said.size(), row.answers == 0 ? 0U : 1U);
  if (row.answers == 0) return;
  const DnsMessage& reply = network.said.front().message;
  EXPECT_EQ(network.said.front().to, peer(9, 40'000));
  EXPECT_EQ(reply.id, 42);
  EXPECT_EQ(reply.questions.size(), 1U);
  EXPECT_EQ(reply.answers.size(), row.answers);
  EXPECT_EQ(reply.additionals.size(), row.additionals);
  for (const DnsRecord& record : reply.answers) {
    EXPECT_LE(record.ttl, kLegacyTtl);
    EXPECT_FALSE(record.unique);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Questions, AnnouncerAnswers,
    testing::Values(Query{"type", "_updraft._tcp.local", DnsType::ptr, 1, 4},
                    Query{"type_in_capitals", "_UPDRAFT._tcp.LOCAL", DnsType::ptr, 1, 4},
                    Query{"any_of_type", "_updraft._tcp.local", DnsType::any, 1, 4},
                    Query{"place", "kitchen._updraft._tcp.local", DnsType::srv, 1, 2},
                    Query{"text", "kitchen._updraft._tcp.local", DnsType::txt, 1, 0},
                    Query{"all_types", "_services._dns-sd._udp.local", DnsType::ptr, 1, 0},
                    Query{"host", "kitchen.local", DnsType::a, 2, 0},
                    Query{"no_ipv6", "kitchen.local", DnsType::aaaa, 1, 0},
                    Query{"other_type", "_http._tcp.local", DnsType::ptr, 0, 0},
                    Query{"other_host", "hall.local", DnsType::a, 0, 0}),
    [](const auto& row) { return row.param.name; });

TEST(Announcer, AnswersAllOthersByMulticastOnce) {
  Announcer announcer(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{5'000});
  network.said.clear();
  const std::vector<std::byte> query = write_dns(ask("_updraft._tcp.local", DnsType::ptr));
  for (std::uint8_t i = 2; i < 200; ++i)
    announcer.on_datagram(peer(i, kMdnsPort), query, network.now);
  network.run(Millis{5'500});
  ASSERT_EQ(network.said.size(), 1U) << "the same within a second";
  EXPECT_EQ(network.said.front().to, mdns_group());
  EXPECT_GE(network.said.front().when, Instant{Millis{5'020}}) << "not all in one moment";
}

TEST(Announcer, IsSilentToWhoKnows) {
  Announcer announcer(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{5'000});
  DnsMessage query = ask("_updraft._tcp.local", DnsType::ptr);
  query.answers = {pointer_record(dns_name("_updraft._tcp.local"),
                                  dns_name("kitchen._updraft._tcp.local"), 3'000)};
  network.said.clear();
  announcer.on_datagram(peer(2, kMdnsPort), write_dns(query), network.now);
  network.run(Millis{6'000});
  EXPECT_TRUE(network.said.empty());
  query.answers[0].ttl = 100;  // soon forgotten
  announcer.on_datagram(peer(2, kMdnsPort), write_dns(query), network.now);
  network.run(Millis{7'000});
  EXPECT_EQ(network.said.size(), 1U);
}

TEST(Announcer, TakesAnotherNameIfItsOwnIsTaken) {
  std::vector<std::string> named;
  Announcer first(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&first, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{5'000});
  Announcer::Config second_config = config("kitchen", 2);
  second_config.named = [&](const std::string& name) { named.push_back(name); };
  Announcer second(second_config, network.now), third(config("kitchen", 3), network.now);
  network.hosts.push_back({&second, peer(2, kMdnsPort)});
  network.hosts.push_back({&third, peer(3, kMdnsPort)});
  network.run(Millis{60'000});
  EXPECT_EQ(first.name(), "kitchen") << "who was first keeps it";
  EXPECT_NE(second.name(), "kitchen");
  EXPECT_NE(third.name(), "kitchen");
  EXPECT_NE(second.name(), third.name());
  EXPECT_EQ(named, std::vector<std::string>{second.name()}) << "a name is told of once it is ours";
}

// The larger records win; the other one finds the name taken.
TEST(Announcer, SettlesWithWhoAsksAtTheSameTime) {
  Announcer low(config("kitchen", 1), Instant{}), high(config("kitchen", 2), Instant{});
  Network network{.hosts = {{&low, peer(1, kMdnsPort)}, {&high, peer(2, kMdnsPort)}}, .said = {}};
  network.run(Millis{60'000});
  EXPECT_EQ(high.name(), "kitchen");
  EXPECT_EQ(low.name(), "kitchen-2");
}

TEST(Announcer, SaysGoodbye) {
  Announcer announcer(config("kitchen", 1), Instant{});
  Finder finder("_updraft._tcp", Instant{Millis{5'000}});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}, {&finder, peer(3, 40'000)}},
                  .said = {}};
  network.run(Millis{5'500});
  ASSERT_EQ(finder.found().size(), 1U);
  announcer.say_goodbye(network.now);
  std::array<std::byte, link::kDatagramBytes> room;
  const auto datagram = announcer.write_to(room);
  ASSERT_TRUE(datagram);
  finder.on_datagram(peer(1, kMdnsPort), Bytes(room).first(datagram->size), network.now);
  EXPECT_TRUE(finder.found().empty());
  announcer.on_datagram(peer(9, 40'000), write_dns(ask("kitchen.local", DnsType::a)), network.now);
  EXPECT_FALSE(announcer.write_to(room)) << "nothing is said after it";
}

// Whatever a stranger answers, what is kept of it has its limit.
TEST(Finder, HasItsLimits) {
  Finder finder("_updraft._tcp", Instant{});
  for (int i = 0; i < 1'000; ++i) {
    const DnsName name = dns_name("d" + std::to_string(i) + "._updraft._tcp.local");
    const DnsName host = dns_name("h" + std::to_string(i) + ".local");
    DnsMessage message{.response = true};
    message.answers = {pointer_record(dns_name("_updraft._tcp.local"), name, 120),
                       service_record(name, host, 80, 120)};
    for (std::uint8_t last = 0; last < 40; ++last)
      message.answers.push_back(address_record(host, address(last), 120));
    finder.on_datagram(peer(1, kMdnsPort), write_dns(message), Instant{});
  }
  const std::vector<Finder::Found> found = finder.found();
  EXPECT_EQ(found.size(), kMostFound);
  for (const Finder::Found& one : found) EXPECT_EQ(one.addresses.size(), kMostFoundAddresses);
}

TEST(Finder, AsksAgainForWhatIsMissing) {
  Finder finder("_updraft._tcp", Instant{});
  DnsMessage message{.response = true};
  const DnsName name = dns_name("kitchen._updraft._tcp.local");
  message.answers = {pointer_record(dns_name("_updraft._tcp.local"), name, 120)};
  finder.on_datagram(peer(1, kMdnsPort), write_dns(message), Instant{});
  finder.on_deadline(Instant{});
  std::array<std::byte, link::kDatagramBytes> room;
  const auto datagram = finder.write_to(room);
  ASSERT_TRUE(datagram);
  EXPECT_EQ(datagram->to, mdns_group());
  const auto asked = read_dns(Bytes(room).first(datagram->size));
  ASSERT_TRUE(asked);
  ASSERT_EQ(asked->questions.size(), 2U);
  EXPECT_TRUE(same_name(asked->questions[1].name, name));
  EXPECT_TRUE(finder.found().empty()) << "its place is not known";
  message.answers[0] = address_record(dns_name("h.local"), address(1), 120);
  finder.on_datagram(peer(1, 1234), write_dns(message), Instant{});  // no responder's port
  EXPECT_TRUE(finder.found().empty());
}

TEST(Finder, KeepsTwoOfOneNameApart) {
  Announcer here(config("kitchen", 1), Instant{}), there(config("kitchen", 2), Instant{});
  Network one{.hosts = {{&here, peer(1, kMdnsPort)}}, .said = {}};
  Network other{.hosts = {{&there, peer(2, kMdnsPort)}}, .said = {}};
  Finder finder("_updraft._tcp", Instant{Millis{5'000}});
  for (Network* const network : {&one, &other}) {  // it is on both
    network->hosts.push_back({&finder, peer(3, 40'000)});
    network->run(Millis{network == &one ? 7'000 : 10'000});
  }
  const std::vector<Finder::Found> found = finder.found();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].addresses, std::vector<IpAddress>{address(1)});
  EXPECT_EQ(found[1].addresses, std::vector<IpAddress>{address(2)});
}

// The group loses what is sent to it; where a device was before, it is asked directly.
TEST(Finder, AsksKnownHostsDirectly) {
  std::vector<link::PeerAddress> known(kMostAsked + 1, peer(9, kMdnsPort));
  known.front() = peer(1, kMdnsPort);
  Announcer announcer(config("kitchen", 1), Instant{});
  Network network{.hosts = {{&announcer, peer(1, kMdnsPort)}}, .said = {}};
  network.run(Millis{5'000});
  Finder finder("_updraft._tcp", network.now, known);
  finder.on_deadline(network.now);
  std::array<std::byte, link::kDatagramBytes> room;
  std::vector<link::PeerAddress> asked;
  while (const auto datagram = finder.write_to(room)) {
    asked.push_back(datagram->to);
    if (datagram->to != peer(1, kMdnsPort)) continue;
    announcer.on_datagram(peer(3, 40'000), Bytes(room).first(datagram->size), network.now);
  }
  EXPECT_EQ(asked.front(), mdns_group());
  EXPECT_EQ(asked.size(), 1 + kMostAsked);
  const auto answer = announcer.write_to(room);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->to, peer(3, 40'000));
  finder.on_datagram(peer(1, kMdnsPort), Bytes(room).first(answer->size), network.now);
  ASSERT_EQ(finder.found().size(), 1U);
  EXPECT_EQ(finder.found().front().name, "kitchen");
}

}  // namespace
}  // namespace updraft::linux_port
