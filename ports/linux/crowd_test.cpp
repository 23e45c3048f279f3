// More clients than a listener has places: strangers take turns, who is proven stays.
#include <list>

#include <gtest/gtest.h>

#include "ports/linux/test_raw_connections.hpp"
#include "ports/linux/test_reactor.hpp"
#include "ports/linux/test_socket_client.hpp"

namespace updraft::linux_port {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;
using Words = std::vector<std::string>;

// One byte every 100 ms, for ever; connects again when it is dropped.
class Dripper final : public Connection, public link::Link {
 public:
  Dripper(Reactor& reactor, std::uint16_t port) : reactor_(reactor), port_(port) {}
  static void start(Reactor& reactor, std::uint16_t port) {
    reactor.connect("127.0.0.1", port, std::make_unique<Dripper>(reactor, port));
  }
  link::Link& link() override { return *this; }
  void closed(const Result<>&) override {
    reactor_.after(30ms, [&reactor = reactor_, port = port_] { start(reactor, port); });
  }

  void on_connected(Instant now) override { next_ = now; }
  void on_bytes(Bytes, Instant) override {}
  void on_peer_done(Instant) override { phase_ = link::Phase::closed; }
  void on_lost(Instant) override { phase_ = link::Phase::closed; }
  void on_waiting(Instant) override {}
  void on_deadline(Instant now) override {
    drop_ready_ = true;
    next_ = now + 100ms;
  }
  std::size_t write_to(MutableBytes tx) override {
    tx[0] = std::byte{0xE9};
    return std::exchange(drop_ready_, false) ? 1 : 0;
  }
  std::optional<Instant> deadline() const override { return next_; }
  link::Phase phase() const override { return phase_; }
  bool proven() const override { return true; }
  Result<> outcome() const override { return {}; }

 private:
  Reactor& reactor_;
  std::uint16_t port_;
  link::Phase phase_ = link::Phase::open;
  Instant next_{};
  bool drop_ready_ = false;
};

class Crowd : public testing::Test {
 protected:
  std::uint16_t listen(std::size_t places = ListenOptions{}.places) {
    device_.intake.many_connections = true;
    return reactor_.listen("127.0.0.1", 0, device_.maker(), {.places = places}).value();
  }
  // Again and again while it is sent away, as the command line does.
  void push_to(std::uint16_t port) {
    reactor_.run_until([this, port] {
      const bool over = !host_.all.empty() && host_.all.back() != "ok";
      if (host_.all.empty() || over) try_to_push(port);
      return host_.all.back() == "ok";
    });
    EXPECT_EQ(device_.intake.last_bytes, image_);
    EXPECT_EQ(device_.intake.misuse, "");
  }
  void try_to_push(std::uint16_t port) {
    const std::size_t before = host_.all.size();
    reactor_.connect("127.0.0.1", port, std::make_unique<RawHost>(image_, Sealing::plain, host_));
    reactor_.run_until([this, before] { return host_.all.size() > before; });
  }
  void run_for(Millis time) {
    bool over = false;
    reactor_.after(time, [&over] { over = true; });
    reactor_.run_until([&over] { return over; });
  }

  std::vector<std::byte> image_ = samples::image(5'000'000);
  Device device_;
  Endings host_;
  TestReactor reactor_;
};

// security.md row 14: all come from the address of the one who pushes, and come back when dropped.
TEST_F(Crowd, OfDrippersKeepsNoPushOut) {
  const std::uint16_t port = listen();
  for (int i = 0; i < 47; ++i) Dripper::start(reactor_, port);
  reactor_.run_until([this] { return device_.endings.all.size() > 64; });
  try_to_push(port);
  EXPECT_EQ(host_.all, Words{"ok"});
  EXPECT_EQ(device_.intake.last_bytes, image_);
}

TEST_F(Crowd, OfDrippersIsNotTurnedRoundFasterThanItsPatience) {
  const std::uint16_t port = listen(4);
  const Instant start = reactor_.now();
  for (int i = 0; i < 47; ++i) Dripper::start(reactor_, port);
  reactor_.run_until([this] { return device_.endings.all.size() >= 8; });
  const auto turns = static_cast<std::size_t>((reactor_.now() - start) / ListenOptions{}.patience);
  EXPECT_LE(device_.endings.all.size(), 4 * turns);
}

TEST_F(Crowd, OfOneAddressDoesNotStandInFrontOfAnother) {
  const std::uint16_t port = listen(1);
  std::list<SocketClient> crowd;
  for (int i = 0; i < 200; ++i) crowd.emplace_back(port);
  run_for(20ms);
  SocketClient owner(port, 2);
  owner.send(Bytes(image_).first(64));
  reactor_.run_until([this] { return device_.intake.in_session; });
  EXPECT_LE(device_.endings.all.size(), 2u);
}

// security.md row 15.
TEST_F(Crowd, OfAThousandConnectsLeavesTheNextPushAlone) {
  const std::uint16_t port = listen();
  std::list<SocketClient> clients;
  for (std::size_t i = 1; i <= 1000; ++i) {
    clients.emplace_back(port);
    if (i % 100 == 0) run_for(5ms);
    if (clients.size() > 500) clients.pop_front();
  }
  push_to(port);
}

TEST_F(Crowd, ThatHasProvenItselfKeepsTheNewcomerWaiting) {
  const std::uint16_t port = listen(1);
  SocketClient first(port);
  first.send(Bytes(image_).first(64));
  reactor_.run_until([this] { return device_.intake.in_session; });
  SocketClient second(port);
  second.send(Bytes(image_).first(64));
  run_for(600ms);
  EXPECT_EQ(device_.intake.calls, "begin");
  first.finish();
  reactor_.run_until([this] { return device_.endings.all == Words{"ok"}; });
  reactor_.run_until([this] { return device_.intake.in_session; });
  EXPECT_FALSE(second.ended());
}

TEST_F(Crowd, DropsItsOldestStranger) {
  const std::uint16_t port = listen(3);
  SocketClient proven(port);
  proven.send(Bytes(image_).first(64));
  reactor_.run_until([this] { return device_.intake.in_session; });
  SocketClient oldest(port);
  run_for(5ms);
  SocketClient younger(port), newcomer(port);
  reactor_.run_until([&] { return oldest.ended(); });
  EXPECT_EQ(device_.endings.all, Words{"payload_missing"});
  EXPECT_FALSE(younger.ended());
  EXPECT_FALSE(newcomer.ended());
  EXPECT_TRUE(device_.intake.in_session);
}

}  // namespace
}  // namespace updraft::linux_port
