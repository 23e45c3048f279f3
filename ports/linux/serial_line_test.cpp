// Links on a pseudo-terminal, whose other end the test holds.
#include "ports/linux/serial_line.hpp"

#include <deque>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "ports/linux/test_reactor.hpp"

namespace updraft::linux_port {
namespace {

struct Terminal {
  Terminal() : ours(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    EXPECT_EQ(grantpt(ours), 0);
    EXPECT_EQ(unlockpt(ours), 0);
    theirs = ::open(ptsname(ours), O_RDWR | O_NOCTTY | O_NONBLOCK);
    termios raw{};
    EXPECT_EQ(tcgetattr(theirs, &raw), 0);
    cfmakeraw(&raw);
    EXPECT_EQ(tcsetattr(theirs, TCSANOW, &raw), 0);
  }
  ~Terminal() {
    (void)::close(ours);
    (void)::close(theirs);
  }
  void say(std::string_view words) const {
    EXPECT_EQ(::write(theirs, words.data(), words.size()), static_cast<ssize_t>(words.size()));
  }
  std::string heard() const {
    std::array<char, 256> room{};
    const ssize_t size = ::read(theirs, room.data(), room.size());
    return size > 0 ? std::string(room.data(), static_cast<std::size_t>(size)) : "";
  }
  int ours, theirs = -1;
};

// Writes down what it is told; "bye" makes it say its last words and close.
class Machine final : public link::Link {
 public:
  explicit Machine(std::string& log, std::optional<Instant> due) : log_(log), due_(due) {}
  void on_bytes(Bytes rx, Instant) override {
    log_ += std::string(as_text(rx)) + " ";
    due_.reset();
    closed_ = as_text(rx) == "bye";
    if (closed_) say_ = {"one ", "two ", "three"};
  }
  void on_lost(Instant) override { closed_ = true; }
  void on_deadline(Instant) override {
    log_ += "deadline ";
    due_.reset();
  }
  std::size_t write_to(MutableBytes tx) override {
    if (say_.empty()) return 0;
    const std::string words = say_.front();
    say_.pop_front();
    std::ranges::copy(as_bytes(words), tx.begin());
    return words.size();
  }
  std::optional<Instant> deadline() const override { return due_; }
  link::Phase phase() const override { return closed_ ? link::Phase::closed : link::Phase::open; }
  Result<> outcome() const override { return {}; }

 private:
  std::string& log_;
  std::optional<Instant> due_;
  std::deque<std::string> say_;
  bool closed_ = false;
};

class Line final : public Connection {
 public:
  Line(std::string& log, std::optional<Instant> due) : log_(log), machine_(log, due) {}
  link::Link& link() override { return machine_; }
  void closed(const Result<>& outcome) override { log_ += outcome ? "closed" : "lost"; }

 private:
  std::string& log_;
  Machine machine_;
};

TEST(SerialLine, SaysItsLastWordsBeforeItEnds) {
  Terminal terminal;
  std::string log, heard;
  TestReactor reactor;
  reactor.serial(terminal.ours, std::make_unique<Line>(log, std::nullopt));
  terminal.say("bye");
  reactor.run_until([&] {
    heard += terminal.heard();
    return log.ends_with("closed");
  });
  heard += terminal.heard();
  EXPECT_EQ(heard, "one two three");
}

// The loop is busy beyond the deadline, and bytes come before anybody looks at it: they count.
TEST(SerialLine, BytesThatWaitComeBeforeADeadlineThatHasPassed) {
  Terminal terminal;
  std::string log;
  TestReactor reactor;
  const Instant start = reactor.now();
  reactor.after(Millis{10}, [&] {
    while (reactor.now() < start + Millis{60}) std::this_thread::sleep_for(Millis{1});
  });
  reactor.after(Millis{20}, [&] {
    terminal.say("hello");
    pollfd arrived{terminal.ours, POLLIN, 0};  // the system takes a moment to bring it
    EXPECT_EQ(poll(&arrived, 1, 10'000), 1);
  });
  reactor.serial(terminal.ours, std::make_unique<Line>(log, start + Millis{40}));
  reactor.run_until([&] { return !log.empty(); });
  EXPECT_EQ(log, "hello ");
}

}  // namespace
}  // namespace updraft::linux_port
