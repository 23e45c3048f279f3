#include "ports/linux/serial_line.hpp"

#include <deque>
#include <filesystem>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "ports/linux/pty.hpp"
#include "ports/linux/test_reactor.hpp"

namespace updraft::linux_port {
namespace {

using namespace std::chrono_literals;

// Says what it is told to, and answers each byte by "<byte>!".
class Parrot final : public Connection, public link::Link {
 public:
  explicit Parrot(std::string start) : words_(std::move(start)) {}
  link::Link& link() override { return *this; }
  void say(const std::string& words) {
    words_ += words;
    wake();
  }
  std::size_t turns() const { return turns_; }
  std::string heard;

  void on_bytes(Bytes rx, Instant) override {
    for (const std::byte byte : rx) words_ += std::string{static_cast<char>(byte), '!'};
    heard += as_text(rx);
  }
  void on_lost(Instant) override { phase_ = link::Phase::closed; }
  void on_waiting(Instant) override { ++turns_; }
  void on_deadline(Instant) override {}
  std::size_t write_to(MutableBytes tx) override {
    const std::string now = words_.substr(0, tx.size());
    words_.erase(0, now.size());
    std::ranges::copy(as_bytes(now), tx.begin());
    return now.size();
  }
  std::optional<Instant> deadline() const override { return std::nullopt; }
  link::Phase phase() const override { return phase_; }
  Result<> outcome() const override { return {}; }

 private:
  std::string words_;
  std::size_t turns_ = 0;
  link::Phase phase_ = link::Phase::open;
};

// A program that opens the line, and drops nothing that waits in it.
class Reader {
 public:
  explicit Reader(const Pty& pty) : fd_(open(pty.path().c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK)) {}
  ~Reader() { close(fd_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  void say(const std::string& words) const {
    EXPECT_EQ(write(fd_, words.data(), words.size()), static_cast<ssize_t>(words.size()));
  }
  std::size_t waiting() const {
    int size = 0;
    (void)ioctl(fd_, FIONREAD, &size);
    return static_cast<std::size_t>(size);
  }
  std::string read() const {
    std::string text(65'536, '\0');
    const ssize_t size = ::read(fd_, text.data(), text.size());
    text.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return text;
  }

 private:
  int fd_;
};

class SerialLineTest : public testing::Test {
 protected:
  void start(const std::string& words = "") {
    auto parrot = std::make_unique<Parrot>(words);
    parrot_ = parrot.get();
    reactor_.serial(pty_.fd(), std::move(parrot));
  }
  // For what is not to happen.
  void run_for(Millis time) {
    bool over = false;
    reactor_.after(time, [&over] { over = true; });
    reactor_.run_until([&over] { return over; });
  }
  std::string answer(const Reader& reader, const std::string& words) {
    reader.say(words);
    std::string got;
    reactor_.run_until([&] { return (got += reader.read()).size() >= 2 * words.size(); });
    return got;
  }

  Pty pty_{std::filesystem::temp_directory_path() / ("updraft-line-" + std::to_string(getpid()))};
  Parrot* parrot_ = nullptr;
  TestReactor reactor_;
};

TEST_F(SerialLineTest, DropsWhatIsSaidToNobody) {
  start("I am up");
  run_for(20ms);
  const Reader reader(pty_);
  EXPECT_EQ(reader.waiting(), 0u);
  EXPECT_EQ(answer(reader, "a"), "a!");
}

TEST_F(SerialLineTest, BringsItToWhoeverHasItOpen) {
  const Reader reader(pty_);
  start("I am up");
  reactor_.run_until([&] { return reader.waiting() == 7; });
  EXPECT_EQ(reader.read(), "I am up");
}

TEST_F(SerialLineTest, DropsWhatItsLastReaderLeft) {
  start();
  for (int i = 0; i < 10; ++i) {
    {
      const Reader dies(pty_);
      dies.say("x");
      reactor_.run_until([&] { return dies.waiting() > 0; });
    }
    run_for(5ms);
    const Reader next(pty_);
    EXPECT_EQ(answer(next, "y"), "y!") << i;
  }
}

// A line that is full, and a write that waits for room.
TEST_F(SerialLineTest, DropsAWriteWhoseReaderHasLeft) {
  start();
  {
    const Reader dies(pty_);
    parrot_->say(std::string(1'000'000, '.'));
    reactor_.run_until([&] { return dies.waiting() > 0; });
  }
  run_for(3 * kLongestPause);
  const Reader next(pty_);
  EXPECT_EQ(answer(next, "y"), "y!");
}

TEST_F(SerialLineTest, HearsWhoSaysAndLeaves) {
  start();
  {
    Reader(pty_).say("bye");
  }
  reactor_.run_until([this] { return parrot_->heard == "bye"; });
  const Reader next(pty_);
  EXPECT_EQ(answer(next, "y"), "y!");
}

TEST_F(SerialLineTest, HearsEachOfManyWhoOpenAndClose) {
  start();
  for (int i = 0; i < 300; ++i) {
    const Reader reader(pty_);
    ASSERT_EQ(answer(reader, "q"), "q!") << i;
  }
}

TEST_F(SerialLineTest, RestsWhileNobodyIsThere) {
  start("I am up");
  {
    const Reader reader(pty_);
  }
  run_for(50ms);
  const std::size_t before = parrot_->turns();
  run_for(200ms);
  EXPECT_EQ(parrot_->turns(), before);
}

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
