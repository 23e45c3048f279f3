#include "ports/linux/reactor.hpp"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>

#include "ports/linux/test_raw_connections.hpp"
#include "ports/linux/test_reactor.hpp"
#include "ports/linux/test_socket_client.hpp"

namespace updraft::linux_port {
namespace {

using namespace std::chrono_literals;
using samples::Sealing;

class ReactorTest : public testing::Test {
 protected:
  std::string log_;  // outlives the reactor, as all that connections refer to
  TestReactor reactor_;
};

TEST_F(ReactorTest, CallsTimersInTheirOrder) {
  reactor_.after(30ms, [&] { log_ += 'c'; });
  reactor_.after(0ms, [&] { log_ += 'a'; });
  reactor_.after(10ms, [&] { log_ += 'b'; });
  reactor_.run_until([this] { return log_.size() == 3; });
  EXPECT_EQ(log_, "abc");
}

TEST_F(ReactorTest, ReportsSignals) {
  std::vector<int> signals;
  reactor_.on_signal([&](int number) { signals.push_back(number); });
  std::raise(SIGTERM);
  reactor_.run_until([&] { return signals.size() == 1; });
  std::raise(SIGINT);
  reactor_.run_until([&] { return signals.size() == 2; });
  EXPECT_EQ(signals, (std::vector<int>{SIGTERM, SIGINT}));
}

TEST_F(ReactorTest, KeepsHeldSignalsForTheNextProgram) {
  int told = 0;
  {
    TestReactor first;
    first.on_signal([&](int) { ++told; });
    std::raise(SIGTERM);
    first.after(0ms, [&] {
      first.hold_signals();
      std::raise(SIGTERM);
    });
    first.after(10ms, [&] { first.stop(); });
    first.run();
  }
  const int before = told;
  reactor_.on_signal([&](int) { ++told; });
  reactor_.run_until([&] { return told > before; });
}

TEST_F(ReactorTest, LetsExceptionsOfHandlersOut) {
  reactor_.after(0ms, [] { throw std::runtime_error("power cut"); });
  EXPECT_THROW(reactor_.run(), std::runtime_error);
}

// The console: pipes, files and devices alike.
class ReactorLines : public ReactorTest {
 protected:
  using Lines = std::vector<std::string>;
  void read(int fd) {
    reactor_.on_line(fd, [this](std::string_view line) { lines_.emplace_back(line); });
  }
  void expect(const Lines& lines) {
    reactor_.run_until([&] { return lines_.size() >= lines.size(); });
    EXPECT_EQ(lines_, lines);
  }
  Lines lines_;
};

TEST_F(ReactorLines, FromAPipeInPieces) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  read(ends[0]);
  ASSERT_EQ(write(ends[1], "conf", 4), 4);
  reactor_.after(5ms, [&] { EXPECT_EQ(write(ends[1], "irm\n\nstat", 9), 9); });
  expect({"confirm", ""});
  close(ends[1]);
  expect({"confirm", "", "stat"});
}

TEST_F(ReactorLines, FromAFile) {
  std::FILE* file = std::tmpfile();
  std::fputs("one\ntwo\n", file);
  std::rewind(file);
  read(fileno(file));
  expect({"one", "two"});
  std::fclose(file);
}

TEST_F(ReactorLines, FromNowhere) {
  read(open("/dev/null", O_RDONLY));
  expect({});
}

TEST_F(ReactorLines, OfAnyLength) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  read(ends[0]);
  const std::string text = std::string(10'000, 'x') + "\n";
  ASSERT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  expect({std::string(4096, 'x'), std::string(4096, 'x'), std::string(10'000 - 8192, 'x')});
}

TEST_F(ReactorLines, EndTheirThreadWithTheReactor) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  read(ends[0]);  // nothing ever comes; the reactor goes all the same
}

TEST_F(ReactorTest, ListensOnceOnAPort) {
  Device device;
  const auto port = reactor_.listen("127.0.0.1", 0, device.maker());
  ASSERT_TRUE(port);
  EXPECT_NE(*port, 0);
  const auto again = reactor_.listen("127.0.0.1", *port, device.maker());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), (Error{Code::unreachable, Where::link, EADDRINUSE}));
}

TEST_F(ReactorTest, RefusesAnAddressOfSomebodyElse) {
  Device device;
  EXPECT_EQ(reactor_.listen("192.0.2.1", 0, device.maker()).error().code, Code::unreachable);
  EXPECT_EQ(reactor_.listen("no such host", 0, device.maker()).error().code, Code::unreachable);
}

std::uint16_t unused_port() {
  Reactor other;
  return other.listen("127.0.0.1", 0, [] { return nullptr; }).value();
}

TEST_F(ReactorTest, SaysThatNobodyIsThere) {
  const auto image = samples::image(64);
  for (const std::string name : {"127.0.0.1", "::1", "localhost", "no-such-host.invalid"}) {
    Endings host;
    reactor_.connect(name, unused_port(), std::make_unique<RawHost>(image, Sealing::plain, host));
    reactor_.run_until([&] { return !host.all.empty(); });
    EXPECT_EQ(host.all, std::vector<std::string>{"unreachable"}) << name;
  }
}

TEST_F(ReactorTest, TriesANameThatNobodyHasOnce) {
  const auto image = samples::image(64);
  Endings host;
  reactor_.connect("no-such-host.invalid", 80,
                   std::make_unique<RawHost>(image, Sealing::plain, host), {.retry_for = 1h});
  reactor_.run_until([&] { return !host.all.empty(); });
  EXPECT_EQ(host.all, std::vector<std::string>{"unreachable"});
}

TEST_F(ReactorTest, RetriesUntilSomebodyIs) {
  const auto image = samples::image(64);
  const std::uint16_t port = unused_port();
  Device device;
  Endings host;
  reactor_.connect("127.0.0.1", port, std::make_unique<RawHost>(image, Sealing::plain, host),
                   {.retry_for = 10s});
  reactor_.after(300ms, [&] { EXPECT_TRUE(reactor_.listen("127.0.0.1", port, device.maker())); });
  reactor_.run_until([&] { return !host.all.empty(); });
  EXPECT_EQ(host.all, std::vector<std::string>{"ok"});
  EXPECT_EQ(device.intake.last_bytes, image);
}

TEST_F(ReactorTest, TurnsAwayWhomTheMakerDoesNotWant) {
  SocketClient client(reactor_.listen("127.0.0.1", 0, [] { return nullptr; }).value());
  reactor_.run_until([&] { return client.ended(); });
}

// Writes down what happens to it; its deadline is 50 ms of silence.
class Probe final : public Connection, public link::Link {
 public:
  explicit Probe(std::string& log) : log_(log) {}
  ~Probe() override { log_ += "destroyed"; }
  link::Link& link() override { return *this; }
  void connected(const std::string& peer) override {
    log_ += peer.starts_with("127.0.0.1:") ? "connected " : peer;
  }
  void closed(const Result<>&) override { log_ += "closed "; }

  void on_connected(Instant) override { log_ += "start "; }
  void on_bytes(Bytes rx, Instant) override {
    log_ += "bytes:" + std::to_string(rx.size()) + " ";
    since_.reset();
  }
  void on_peer_done(Instant) override { end("done "); }
  void on_lost(Instant) override { end("lost "); }
  void on_waiting(Instant now) override {
    if (!since_) since_ = now;
  }
  void on_deadline(Instant) override { end("deadline "); }
  std::size_t write_to(MutableBytes) override { return 0; }
  std::optional<Instant> deadline() const override {
    if (!since_ || phase_ == link::Phase::closed) return std::nullopt;
    return *since_ + 50ms;
  }
  link::Phase phase() const override { return phase_; }
  bool proven() const override { return true; }
  Result<> outcome() const override { return {}; }

 private:
  void end(const char* how) {
    log_ += how;
    phase_ = link::Phase::closed;
  }
  std::string& log_;
  std::optional<Instant> since_;
  link::Phase phase_ = link::Phase::open;
};

class ReactorDrives : public ReactorTest {
 protected:
  std::uint16_t listen(Reactor& reactor) {
    return reactor.listen("127.0.0.1", 0, [this] { return std::make_unique<Probe>(log_); }).value();
  }
  std::uint16_t listen() { return listen(reactor_); }
  void expect(const std::string& log) {
    reactor_.run_until([&] { return log_.ends_with("destroyed"); });
    EXPECT_EQ(log_, log);
  }
};

TEST_F(ReactorDrives, ALinkFromStartToEnd) {
  SocketClient client(listen());
  client.send(as_bytes("hello"));
  client.finish();
  expect("connected start bytes:5 done closed destroyed");
  EXPECT_EQ(client.read_to_end(), "");
  EXPECT_TRUE(client.ended_in_order());
}

TEST_F(ReactorDrives, ALinkToItsDeadline) {
  SocketClient client(listen());
  reactor_.run_until([&] { return client.ended(); });
  client.finish();
  expect("connected start deadline closed destroyed");
}

TEST_F(ReactorDrives, ALinkWhosePeerResets) {
  SocketClient client(listen());
  reactor_.run_until([this] { return !log_.empty(); });
  client.reset();
  expect("connected start lost closed destroyed");
}

TEST_F(ReactorDrives, APeerThatStaysOpenToItsEndAllTheSame) {
  SocketClient client(listen());
  expect("connected start deadline closed destroyed");
}

// Another handler kept the loop busy beyond the deadline; the bytes had come in time.
TEST_F(ReactorDrives, BytesBeforeDeadlinesThatTheLoopIsLateFor) {
  SocketClient client(listen());
  reactor_.run_until([this] { return !log_.empty(); });
  client.send(as_bytes("in time"));
  std::this_thread::sleep_for(100ms);
  expect("connected start bytes:7 deadline closed destroyed");
}

// As another thread does that stops it before it has begun.
TEST(Reactor, HeedsAStopThatComesBeforeItRuns) {
  Reactor reactor;
  bool rung = false;
  reactor.after(0ms, [&] { rung = true; });
  reactor.stop();
  reactor.run();
  EXPECT_FALSE(rung);
  reactor.after(1ms, [&] { reactor.stop(); });
  reactor.run();
  EXPECT_TRUE(rung);
}

TEST_F(ReactorDrives, NothingOnceItIsGone) {
  {
    TestReactor short_lived;
    SocketClient client(listen(short_lived));
    short_lived.run_until([this] { return !log_.empty(); });
  }
  EXPECT_EQ(log_, "connected start destroyed");
}

}  // namespace
}  // namespace updraft::linux_port
