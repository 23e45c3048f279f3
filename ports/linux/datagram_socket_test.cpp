// A link in datagrams on loopback: it is invited by UDP and calls back by TCP, as ArduinoOTA does.
#include <array>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ports/linux/peer_address.hpp"
#include "ports/linux/test_raw_connections.hpp"
#include "ports/linux/test_reactor.hpp"
#include "protocols/link/datagram_link.hpp"

namespace updraft::linux_port {
namespace {

// Answers "invite PORT" with "OK" and has that port called; the connection is raw TCP.
class Invited final : public link::DatagramLink {
 public:
  void on_datagram(const link::PeerAddress& from, Bytes bytes, Instant now) override {
    constexpr std::string_view kInvite = "invite ";
    if (!as_text(bytes).starts_with(kInvite)) return;
    answer_ = from;
    call_ = from;
    call_->port =
        static_cast<std::uint16_t>(std::stoi(std::string(as_text(bytes).substr(kInvite.size()))));
    due_ = now + Millis{10};
  }
  void on_deadline(Instant) override {
    due_.reset();
    ++deadlines;
  }
  void on_called_back(const Result<>& outcome, Instant) override { endings.add(outcome); }
  std::optional<Datagram> write_to(MutableBytes tx) override {
    EXPECT_GE(tx.size(), link::kDatagramBytes);
    if (!answer_) return std::nullopt;
    std::ranges::copy(as_bytes("OK"), tx.begin());
    return Datagram{*std::exchange(answer_, std::nullopt), 2};
  }
  std::optional<Call> call_back() override {
    if (!call_) return std::nullopt;
    receiver.emplace(intake, link::RawReceiver::Config{.slot_size = 1 << 20});
    return Call{*std::exchange(call_, std::nullopt), &*receiver};
  }
  std::optional<Instant> deadline() const override { return due_; }

  fakes::FakeIntake intake;
  std::optional<link::RawReceiver> receiver;
  Endings endings;
  int deadlines = 0;

 private:
  std::optional<link::PeerAddress> answer_, call_;
  std::optional<Instant> due_;
};

// A host's end, without our code.
class UdpClient {
 public:
  UdpClient(int family, std::uint16_t port) : socket_(::socket(family, SOCK_DGRAM, 0)) {
    sockaddr_storage address{};
    address.ss_family = static_cast<sa_family_t>(family);
    if (family == AF_INET) {
      auto& v4 = reinterpret_cast<sockaddr_in&>(address);
      v4.sin_port = htons(port);
      v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    } else {
      auto& v6 = reinterpret_cast<sockaddr_in6&>(address);
      v6.sin6_port = htons(port);
      v6.sin6_addr = in6addr_loopback;
    }
    const socklen_t size = family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<sockaddr*>(&address), size), 0);
  }
  ~UdpClient() { (void)::close(socket_); }
  void send(const std::string& text) {
    EXPECT_EQ(::send(socket_, text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
  std::string heard() {
    std::array<char, 64> room{};
    const ssize_t size = ::recv(socket_, room.data(), room.size(), MSG_DONTWAIT);
    return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : "";
  }

 private:
  int socket_;
};

// "fe80::1%eth0"; empty: there is none.
std::string link_local_address() {
  ifaddrs* all = nullptr;
  if (getifaddrs(&all) != 0) return "";
  std::string found;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    if (one->ifa_addr == nullptr || one->ifa_addr->sa_family != AF_INET6) continue;
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(*one->ifa_addr);
    std::array<char, INET6_ADDRSTRLEN> text{};
    if (!IN6_IS_ADDR_LINKLOCAL(&v6.sin6_addr)) continue;
    inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size());
    found = std::string(text.data()) + "%" + one->ifa_name;
  }
  freeifaddrs(all);
  return found;
}

class Datagrams : public testing::Test {
 protected:
  Invited invited_;  // outlives the reactor
  Endings host_;
  std::vector<std::byte> image_ = samples::image(50'000);
  TestReactor reactor_;
};

TEST_F(Datagrams, InviteAConnectionBack) {
  const auto port = reactor_.datagrams("127.0.0.1", 0, invited_);
  ASSERT_TRUE(port);
  const auto host = reactor_.listen("127.0.0.1", 0, [this] {
    return std::make_unique<RawHost>(image_, samples::Sealing::plain, host_);
  });
  UdpClient client(AF_INET, *port);
  client.send("nonsense");
  client.send("invite " + std::to_string(*host));
  reactor_.run_until([&] { return !host_.all.empty() && !invited_.endings.all.empty(); });
  EXPECT_EQ(client.heard(), "OK");
  EXPECT_EQ(invited_.endings.all, std::vector<std::string>{"ok"});
  EXPECT_EQ(host_.all, std::vector<std::string>{"ok"});
  EXPECT_EQ(invited_.intake.last_bytes, image_);
  reactor_.run_until([&] { return invited_.deadlines == 1; });
}

TEST_F(Datagrams, SayThatTheConnectionBackFoundNobody) {
  const auto port = reactor_.datagrams("127.0.0.1", 0, invited_);
  ASSERT_TRUE(port);
  UdpClient client(AF_INET, *port);
  client.send("invite 1");
  reactor_.run_until([&] { return !invited_.endings.all.empty(); });
  EXPECT_EQ(invited_.endings.all, std::vector<std::string>{"unreachable"});
  EXPECT_EQ(client.heard(), "OK");
}

// A connection back that is wanted no more: its deadline is now, once the link in datagrams has
// heard of somebody else.
class WantedNoMore final : public link::Link {
 public:
  void on_connected(Instant) override { connected = true; }
  void on_bytes(Bytes, Instant) override {}
  void on_lost(Instant) override { closed_ = true; }
  void on_deadline(Instant) override { closed_ = true; }
  std::optional<Instant> deadline() const override {
    return gives_way ? Instant::min() : Instant{std::chrono::hours(1)};
  }
  link::Phase phase() const override { return closed_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return fail(Code::busy, Where::device); }
  bool gives_way = false, connected = false;

 private:
  bool closed_ = false;
};

class SilentHost final : public Connection {
 public:
  link::Link& link() override { return link_; }

 private:
  WantedNoMore link_;
};

class CallsOnce final : public link::DatagramLink {
 public:
  void on_datagram(const link::PeerAddress& from, Bytes bytes, Instant) override {
    if (as_text(bytes) == "go") {
      link.gives_way = true;
      return;
    }
    call_ = from;
    call_->port = static_cast<std::uint16_t>(std::stoi(std::string(as_text(bytes))));
  }
  void on_called_back(const Result<>& outcome, Instant) override { endings.add(outcome); }
  std::optional<Call> call_back() override {
    if (!call_) return std::nullopt;
    return Call{*std::exchange(call_, std::nullopt), &link};
  }
  WantedNoMore link;
  Endings endings;

 private:
  std::optional<link::PeerAddress> call_;
};

TEST_F(Datagrams, LookAtTheConnectionBackAfterADatagram) {
  CallsOnce link;
  TestReactor reactor;
  const auto port = reactor.datagrams("127.0.0.1", 0, link);
  ASSERT_TRUE(port);
  const auto host = reactor.listen("127.0.0.1", 0, [] { return std::make_unique<SilentHost>(); });
  UdpClient client(AF_INET, *port);
  client.send(std::to_string(*host));
  reactor.run_until([&] { return link.link.connected; });
  client.send("go");
  reactor.run_until([&] { return !link.endings.all.empty(); });
  EXPECT_EQ(link.endings.all, std::vector<std::string>{"busy"});
}

// A socket for all addresses hears IPv4 as well, and answers it in its own form.
TEST_F(Datagrams, OfBothFamilies) {
  const auto port = reactor_.datagrams("::", 0, invited_);
  ASSERT_TRUE(port);
  for (const int family : {AF_INET, AF_INET6}) {
    UdpClient client(family, *port);
    const std::size_t before = invited_.endings.all.size();
    client.send("invite 1");
    reactor_.run_until([&] { return invited_.endings.all.size() > before; });
    EXPECT_EQ(client.heard(), "OK");
  }
}

TEST(PeerAddress, KeepsAllOfAnAddress) {
  for (const char* const text : {"192.168.1.20", "::1", "2001:db8::7", "fe80::1%lo", "fe80::1%7"}) {
    const asio::ip::address address = asio::ip::make_address(text);
    const asio::ip::udp::endpoint from(address, 3232);
    const link::PeerAddress peer = peer_of(from);
    EXPECT_EQ(peer.port, 3232);
    EXPECT_EQ(address_of(peer), address) << text;
    EXPECT_EQ(address_of(peer).to_string(), address.to_string()) << text;
  }
}

// An address that a neighbour has without any router: it says nothing without its interface.
TEST_F(Datagrams, CallBackALinkLocalInviter) {
  const std::string own = link_local_address();
  if (own.empty()) GTEST_SKIP() << "no interface has a link-local address";
  const auto port = reactor_.datagrams("::", 0, invited_);
  ASSERT_TRUE(port);
  const auto host = reactor_.listen(
      own, 0, [this] { return std::make_unique<RawHost>(image_, samples::Sealing::plain, host_); });
  ASSERT_TRUE(host);
  asio::io_context io;
  asio::ip::udp::socket inviter(io);
  inviter.open(asio::ip::udp::v6());
  inviter.bind({asio::ip::make_address(own), 0});
  const std::string invitation = "invite " + std::to_string(*host);
  inviter.send_to(asio::buffer(invitation), {asio::ip::make_address(own), *port});
  reactor_.run_until([&] { return !invited_.endings.all.empty() && !host_.all.empty(); });
  EXPECT_EQ(invited_.endings.all, std::vector<std::string>{"ok"});
  EXPECT_EQ(invited_.intake.last_bytes, image_);
}

TEST_F(Datagrams, RefuseAnAddressOfSomebodyElse) {
  EXPECT_EQ(reactor_.datagrams("192.0.2.1", 0, invited_).error().code, Code::unreachable);
}

}  // namespace
}  // namespace updraft::linux_port
