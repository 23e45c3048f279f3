// The order of calls on a link, as stories: what happens on the line, and what the driver makes of
// it. The link of a story closes when it is told to and writes down every call.
#include "protocols/link/link_driver.hpp"

#include <deque>
#include <sstream>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using Line = LinkDriver::Line;

class StoryLink final : public Link {
 public:
  void on_connected(Instant) override { log += "connected "; }
  void on_bytes(Bytes rx, Instant) override {
    log += "bytes:" + std::string(as_text(rx)) + " ";
    if (as_text(rx) == "close") close("closed");
    if (as_text(rx) == "half") phase_ = Phase::half_closed;
    if (as_text(rx) == "ask") say.emplace_back("answer");
  }
  void on_peer_done(Instant) override {
    log += "done ";
    if (ends_with_peer) close("ended");
  }
  void on_lost(Instant) override {
    log += "lost ";
    if (closes_when_lost) close("cut");
  }
  void on_waiting(Instant now) override {
    if (!log.ends_with("waiting ")) log += "waiting ";  // again and again is the same
    if (!due_ || restarts_its_clock) due_ = now + 100ms;
  }
  void on_deadline(Instant now) override {
    log += "deadline ";
    due_.reset();
    if (--deadlines == 0) return close("late");
    due_ = now + 100ms;
  }
  std::size_t write_to(MutableBytes tx) override {
    EXPECT_GE(tx.size(), kLeastRoom);
    if (say.empty()) return 0;
    const Bytes words = as_bytes(std::string_view(say.front()));
    std::ranges::copy(words, tx.begin());
    const std::size_t size = words.size();
    say.pop_front();
    return size;
  }
  std::optional<Instant> deadline() const override {
    return phase_ == Phase::closed ? std::nullopt : due_;
  }
  Phase phase() const override { return phase_; }
  bool proven() const override { return true; }
  Result<> outcome() const override { return {}; }

  void close(const char* why) {
    log += std::string("(") + why + ") ";
    phase_ = Phase::closed;
  }

  std::string log;
  std::deque<std::string> say;
  int deadlines = 1;  // so many, and it closes
  bool ends_with_peer = true;
  bool restarts_its_clock = false;  // whenever it is told that it waits
  bool closes_when_lost = true;

 private:
  Phase phase_ = Phase::open;
  std::optional<Instant> due_;
};

// A line whose peer takes `room` bytes, and a clock. Words of a story:
//   +100      time passes; the driver is asked at each of its deadlines
//   <abc      bytes come; the driver is asked
//   late:100  the same while the port is busy: nobody asks
//   done lost the peer's end, the line's end
//   room:n    the peer takes n bytes more from now on
//   say:abc   the link has something to say
class Story {
 public:
  explicit Story(Line line = Line::connection) : driver(link, tx_, line) {
    driver.connected(now_);
    turn();
  }

  // What the peer and the port see: words sent, FIN for our end, over:outcome with its time.
  std::string tell(const std::string& story) {
    std::istringstream words(story);
    for (std::string word; words >> word;) step(word);
    return seen_;
  }
  StoryLink link;

 private:
  std::array<std::byte, kLeastRoom> tx_{};

 public:
  LinkDriver driver;

 private:
  void step(const std::string& word) {
    if (word[0] == '+') return wait(Millis{std::stoi(word.substr(1))});
    if (word.starts_with("late:")) {  // the port was busy: time passes, and nobody asked
      now_ += Millis{std::stoi(word.substr(5))};
      return;
    }
    if (word.starts_with("room:")) room_ = std::stoul(word.substr(5));
    if (word.starts_with("say:")) link.say.push_back(word.substr(4));
    if (word[0] == '<') driver.bytes(as_bytes(std::string_view(word).substr(1)), now_);
    if (word == "done") driver.peer_done(now_);
    if (word == "lost") driver.lost(now_);
    turn();
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    for (auto due = driver.deadline(); due && *due <= until; due = driver.deadline()) {
      now_ = std::max(now_, *due);
      turn();
    }
    now_ = until;
  }
  void turn() {
    bool moved = true;
    while (moved) {
      driver.turn(now_);
      moved = false;
      if (driver.says_end()) seen_ += "FIN ";
      const std::size_t size = std::min(room_, driver.unsent().size());
      if (size == 0) continue;
      seen_ += std::string(as_text(driver.unsent().first(size))) + " ";
      room_ -= size;
      driver.sent(size);
      moved = driver.unsent().empty();
    }
    if (!driver.over() || told_) return;
    told_ = true;
    const Result<> outcome = driver.outcome();
    seen_ += "over:" + std::string(outcome ? "ok" : name(outcome.error().code)) + "@" +
             std::to_string(now_.time_since_epoch().count()) + " ";
  }

  Instant now_{};
  std::size_t room_ = 1'000'000;
  std::string seen_;
  bool told_ = false;
};

struct Row {
  const char* name;
  const char* story;
  const char* seen;
  const char* log;  // the link's, after "connected waiting "
};

class Stories : public testing::TestWithParam<Row> {};

TEST_P(Stories, AreToldInOrder) {
  Story story;
  EXPECT_EQ(story.tell(GetParam().story), GetParam().seen);
  EXPECT_EQ(story.link.log, std::string("connected waiting ") + GetParam().log);
  EXPECT_EQ(story.driver.over(), story.driver.deadline() == std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Stories,
    testing::Values(
        Row{"the_peer_ends", "<abc done", "FIN over:ok@0 ", "bytes:abc waiting done (ended) "},
        Row{"an_answer", "<ask", "answer ", "bytes:ask waiting "},
        Row{"the_link_ends_and_the_peer_follows", "<close +10 done", "FIN over:ok@10 ",
            "bytes:close (closed) "},
        Row{"a_peer_that_never_closes", "<close +999 +1", "FIN over:ok@1000 ",
            "bytes:close (closed) "},
        Row{"a_peer_that_talks_on_is_read_to_be_gone", "<close <more +500 <more +500",
            "FIN over:ok@1000 ", "bytes:close (closed) "},
        Row{"a_peer_that_never_reads", "room:0 say:bye <close +1999 +1", "over:ok@2000 ",
            "bytes:close (closed) "},
        Row{"the_last_bytes_go_out_late", "room:2 say:bye <close +500 room:9 +999 +1",
            "by e FIN over:ok@1500 ", "bytes:close (closed) "},
        Row{"the_peers_end_comes_before_our_last_byte", "room:0 <ask done room:9",
            "answer FIN over:ok@0 ", "bytes:ask waiting done (ended) "},
        Row{"its_end_before_ours_and_nothing_read", "room:0 <ask done +2000", "over:ok@2000 ",
            "bytes:ask waiting done (ended) "},
        Row{"silence", "+99 +1 done", "FIN over:ok@100 ", "deadline (late) "},
        Row{"the_deadline_while_sending", "room:0 say:long +100 room:9 done",
            "long FIN over:ok@100 ", "deadline (late) "},
        Row{"half_closed_goes_on_reading", "<half <abc <close done", "FIN over:ok@0 ",
            "bytes:half waiting bytes:abc waiting bytes:close (closed) "},
        Row{"half_closed_when_all_is_sent", "room:0 say:last <half room:9 done",
            "last FIN over:ok@0 ", "bytes:half waiting done (ended) "},
        Row{"lost", "<abc lost", "over:ok@0 ", "bytes:abc waiting lost (cut) "},
        Row{"lost_while_it_parts", "<close lost", "FIN over:ok@0 ", "bytes:close (closed) "},
        Row{"lost_while_it_flushes", "room:0 say:bye <close lost", "over:ok@0 ",
            "bytes:close (closed) "}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(LinkDriver, ALinkThatDoesNotCloseWhenItIsLostWasAborted) {
  Story story;
  story.link.closes_when_lost = false;
  EXPECT_EQ(story.tell("lost"), "over:aborted@0 ");
}

TEST(LinkDriver, APeerThatIsDoneStillHearsAnAnswer) {
  Story story;
  story.link.ends_with_peer = false;
  EXPECT_EQ(story.tell("done say:verdict"), "verdict ");
  EXPECT_FALSE(story.driver.reads());
  EXPECT_EQ(story.tell("+1100"), "verdict FIN over:ok@100 ");
}

TEST(LinkDriver, ADeadlineStartsTheNextClock) {
  Story story;
  story.link.deadlines = 3;
  EXPECT_EQ(story.tell("+300 done"), "FIN over:ok@300 ");
  EXPECT_EQ(story.link.log,
            "connected waiting deadline waiting deadline waiting deadline "
            "(late) ");
}

// on_waiting() comes before the deadline is checked if something moved, and after it at a deadline.
TEST(LinkDriver, AClockThatStartsAtEachWaitStillRunsOut) {
  Story story;
  story.link.restarts_its_clock = true;
  EXPECT_EQ(story.tell("+90 <abc +90 <abc +99"), "");
  EXPECT_EQ(story.tell("+1"), "FIN ");
}

TEST(LinkDriver, BytesThatCameInTimeAreNoSilence) {
  Story story;
  story.link.restarts_its_clock = true;
  EXPECT_EQ(story.tell("late:150 <abc +99"), "");
  EXPECT_EQ(story.tell("+1"), "FIN ");
}

// What a closed link still has, the last records of TLS, goes out before our end.
TEST(LinkDriver, AClosedLinkIsAskedUntilItHasNothingMore) {
  Story story;
  story.link.say = {"one", "two", "three"};
  EXPECT_EQ(story.tell("<close"), "one two three FIN ");
}

TEST(LinkDriver, IsProvenWhileItsLinkRuns) {
  Story story;
  EXPECT_TRUE(story.driver.proven());
  (void)story.tell("<close");
  EXPECT_FALSE(story.driver.proven());
}

// A link is not proven() until it says so: a full listener may drop it.
TEST(LinkDriver, IsNotProvenIfTheLinkDoesNotSaySo) {
  class Plain final : public Link {
    void on_bytes(Bytes, Instant) override {}
    void on_lost(Instant) override {}
    void on_deadline(Instant) override {}
    std::optional<Instant> deadline() const override { return std::nullopt; }
    Phase phase() const override { return Phase::open; }
    Result<> outcome() const override { return {}; }
  } link;
  std::array<std::byte, kLeastRoom> tx{};
  EXPECT_FALSE(LinkDriver(link, tx).proven());
}

// A serial line has no ends: it is over as soon as the last words are out.
TEST(LinkDriver, ASerialLineHasNoEnds) {
  constexpr std::pair<const char*, const char*> kRows[] = {
      {"<ask <close", "answer over:ok@0 "},
      {"room:0 say:bye <close +500 room:9", "bye over:ok@500 "},
      {"room:2 say:bye <close +500 room:9", "by e over:ok@500 "},
      {"room:0 <ask <close +1999 +1", "over:ok@2000 "},
      {"room:0 <ask <close lost", "over:ok@0 "},
      {"+100", "over:ok@100 "},
  };
  for (const auto& [story, seen] : kRows) EXPECT_EQ(Story(Line::serial).tell(story), seen) << story;
}

TEST(LinkDriver, ASerialLineHearsWhatIsSaidInItsClosingTurn) {
  Story story(Line::serial);
  story.link.say = {"one", "two", "three"};
  EXPECT_EQ(story.tell("<close"), "one two three over:ok@0 ");
}

}  // namespace
}  // namespace updraft::link
