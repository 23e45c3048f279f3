// A link on a line whose clock and bytes the test makes.
#include "host/line_loop.hpp"

#include <deque>

#include <gtest/gtest.h>

namespace updraft::host {
namespace {

constexpr Millis kMost{200};

struct FakeLine final : Line {
  bool is_open() const override { return open; }
  void close() override { open = false; }
  void wait(bool for_room, Millis limit) override {
    waited_for_room = for_room;
    if (coming.empty()) now += limit;
  }
  Result<std::size_t> read(MutableBytes room) override {
    if (gone) return fail(Code::aborted, Where::link);
    if (coming.empty()) return 0;
    const std::string bytes = coming.front();
    coming.pop_front();
    std::ranges::copy(as_bytes(bytes), room.begin());
    return bytes.size();
  }
  Result<std::size_t> write(Bytes bytes) override {
    const std::size_t size = std::min(bytes.size(), most);
    said += as_text(bytes.first(size));
    return size;
  }

  Instant now{};
  bool open = true, gone = false, waited_for_room = false;
  std::deque<std::string> coming;
  std::string said;
  std::size_t most = 1000;  // that one write takes
};

struct FakeLink final : link::Link {
  void on_bytes(Bytes rx, Instant) override {
    log += std::string(as_text(rx)) + " ";
    due.reset();
  }
  void on_lost(Instant) override { log += "lost "; }
  void on_deadline(Instant) override {
    log += "deadline ";
    due.reset();
  }
  std::size_t write_to(MutableBytes tx) override {
    const std::string words = std::exchange(say, "");
    std::ranges::copy(as_bytes(words), tx.begin());
    return words.size();
  }
  std::optional<Instant> deadline() const override { return due; }
  link::Phase phase() const override { return link::Phase::open; }
  Result<> outcome() const override { return {}; }

  std::string log, say;
  std::optional<Instant> due;
};

class LineLoopTest : public testing::Test {
 protected:
  FakeLine line_;
  FakeLink link_;
  std::array<std::byte, link::kLeastRoom> tx_{};
  LineLoop loop_{line_, link_, tx_, [this] { return line_.now; }};
};

TEST_F(LineLoopTest, HearsAndSays) {
  link_.say = "question";
  line_.coming = {"one", "two"};
  loop_.turn(kMost);
  loop_.turn(kMost);
  EXPECT_EQ(line_.said, "question");
  EXPECT_EQ(link_.log, "one two ");
}

TEST_F(LineLoopTest, WaitsNoLongerThanTheDeadline) {
  link_.due = Instant{Millis{50}};
  loop_.turn(kMost);
  EXPECT_EQ(line_.now, Instant{Millis{50}});
  EXPECT_EQ(link_.log, "deadline ");
}

// The thread was kept from the line, by its caller or by the system, until after the deadline.
TEST_F(LineLoopTest, BytesThatWaitComeBeforeADeadlineThatHasPassed) {
  link_.due = Instant{Millis{50}};
  line_.coming = {"answer"};
  line_.now = Instant{Millis{60}};
  loop_.turn(kMost);
  EXPECT_EQ(link_.log, "answer ");
}

TEST_F(LineLoopTest, WhatHasNoRoomGoesOutLater) {
  line_.most = 3;
  link_.say = "question";
  loop_.turn(kMost);
  EXPECT_EQ(line_.said, "que");
  EXPECT_TRUE(line_.waited_for_room);
  loop_.turn(kMost);
  loop_.turn(kMost);
  EXPECT_EQ(line_.said, "question");
}

TEST_F(LineLoopTest, ALineThatIsGoneIsClosedAndLost) {
  line_.gone = true;
  loop_.turn(kMost);
  EXPECT_FALSE(line_.open);
  EXPECT_EQ(link_.log, "lost ");
  loop_.turn(kMost);
  EXPECT_EQ(link_.log, "lost ");
}

}  // namespace
}  // namespace updraft::host
