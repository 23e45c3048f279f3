// Every begin() that fails and every session that ends is reported to the observer, once, with the
// number of its session.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

using testing::ElementsAre, testing::IsEmpty;

class SessionTest : public testing::Test {
 protected:
  SessionTest() { policy.allow_unsigned(kRaw); }
  std::string send(Bytes payload) {
    return word(send_in_pieces(updater, payload, 1000, {.scheme = kRaw}));
  }

  fakes::FakeBootControl boot;
  Policy policy;
  fakes::EventLog log;
  Updater updater{boot, nullptr, policy, log};
  std::vector<std::byte> image = sim::make_image({.size = 8192});
};

TEST_F(SessionTest, EveryWayToEndIsToldOnce) {
  auto bad = image;
  bad[5000] ^= std::byte{1};
  struct Row {
    const char* how;
    std::function<void()> run;
  };
  const Row rows[] = {
      {"pending_confirm",
       [&] {
         boot.state = OtaState::pending_verify;
         (void)send(image);
       }},
      {"no_other_image",
       [&] {
         boot.no_update_slot = true;
         (void)send(image);
       }},
      {"too_big", [&] { (void)updater.begin({.scheme = kRaw, .size = UINT32_MAX}); }},
      {"not_an_image", [&] { (void)send(as_bytes("<html><body>Log in</body></html>")); }},
      {"bad_checksum", [&] { (void)send(bad); }},
      {"size_mismatch", [&] { (void)send(Bytes(image).first(4000)); }},
      {"payload_missing", [&] { (void)send({}); }},
      {"aborted",
       [&] {
         (void)updater.begin({.scheme = kRaw});
         updater.abort({Code::aborted, Where::link});
       }},
      {"flash",
       [&] {
         boot.select_result = fail(Code::flash, Where::otadata);
         (void)send(image);
       }},
      {"installed", [&] { (void)send(image); }},
  };
  std::uint32_t id = 0;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.how);
    boot.state = OtaState::valid;
    boot.no_update_slot = false;
    boot.select_result = {};
    log = {};
    row.run();
    EXPECT_THAT(log.ended, ElementsAre(row.how));
    ++id;
    const bool had_the_engine = row.how != std::string_view("pending_confirm");
    EXPECT_THAT(log.begun, had_the_engine ? std::vector{id} : std::vector<std::uint32_t>{});
    EXPECT_THAT(log.over, ElementsAre(id));
    EXPECT_FALSE(updater.in_session());
    updater.abort({Code::aborted, Where::link});
    EXPECT_THAT(log.ended, ElementsAre(row.how)) << "nothing is left to end";
  }
  log = {};
  EXPECT_EQ(send(image), "busy");
  EXPECT_THAT(log.ended, ElementsAre("busy")) << "it waits for its restart";
  EXPECT_THAT(log.over, ElementsAre(id + 1));
  EXPECT_THAT(log.begun, IsEmpty());
}

// Security rule: the gate is asked before the engine is taken.
TEST_F(SessionTest, WhoCanHaveNothingAcceptedNeverHasTheEngine) {
  EXPECT_EQ(word(updater.begin({.scheme = kWs, .size = 8192})), "unsigned");
  EXPECT_FALSE(updater.in_session());
  EXPECT_THAT(log.begun, IsEmpty());
  EXPECT_THAT(log.ended, ElementsAre("unsigned"));
  EXPECT_EQ(word(updater.begin({.scheme = kWs, .sender_proved = true})), "ok");
  updater.abort({Code::aborted, Where::link});
  EXPECT_EQ(send(image), "ok");
}

TEST_F(SessionTest, AWelcomeTakesNothing) {
  EXPECT_EQ(word(updater.welcome({.scheme = kRaw, .size = 8192})), "ok");
  EXPECT_FALSE(updater.in_session());
  EXPECT_THAT(log.ended, IsEmpty());
  EXPECT_EQ(word(updater.welcome({.scheme = kWs, .size = 8192})), "unsigned");
  EXPECT_EQ(word(updater.welcome({.scheme = kRaw, .size = UINT32_MAX})), "too_big");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(word(updater.welcome({.scheme = kRaw})), "pending_confirm");
  boot.state = OtaState::valid;
  EXPECT_THAT(log.ended, ElementsAre("unsigned", "too_big", "pending_confirm"));
  EXPECT_THAT(log.over, ElementsAre(1u, 2u, 3u));
  ASSERT_EQ(word(updater.begin({.scheme = kRaw})), "ok");
  EXPECT_EQ(word(updater.welcome({.scheme = kRaw})), "busy");
  EXPECT_TRUE(updater.in_session()) << "the session goes on";
}

class Seat final : public Holder {
 public:
  void on_taken_over() override { lost = true; }
  bool lost = false;
};

TEST_F(SessionTest, WhoProvedSomethingGoesFirst) {
  Seat seat;
  const Offer proven{.scheme = kBundle, .size = 8192, .sender_proved = true};
  ASSERT_EQ(word(updater.begin({.scheme = kRaw, .holder = &seat})), "ok");
  ASSERT_EQ(word(updater.write(Bytes(image).first(280))), "ok") << "nothing is erased yet";
  EXPECT_EQ(word(updater.begin({.scheme = kRaw})), "busy") << "he proved nothing";
  EXPECT_FALSE(seat.lost);
  ASSERT_EQ(word(updater.begin(proven)), "ok");
  EXPECT_TRUE(seat.lost);
  EXPECT_THAT(log.ended, ElementsAre("busy", "busy"));
  EXPECT_THAT(log.over, ElementsAre(2u, 1u));
  EXPECT_THAT(log.begun, ElementsAre(1u, 3u));
  EXPECT_EQ(word(updater.begin(proven)), "busy") << "both proved it";
  ASSERT_EQ(word(updater.write(image)), "ok") << "of the first one nothing is left";
  ASSERT_EQ(word(updater.finish()), "ok");
}

TEST_F(SessionTest, OnceTheSlotChangesNobodyGoesFirst) {
  Seat seat;
  ASSERT_EQ(word(updater.begin({.scheme = kRaw, .holder = &seat})), "ok");
  ASSERT_EQ(word(updater.write(Bytes(image).first(5000))), "ok");
  EXPECT_EQ(word(updater.begin({.scheme = kBundle, .sender_proved = true})), "busy");
  EXPECT_FALSE(seat.lost);
  ASSERT_EQ(word(updater.write(Bytes(image).subspan(5000))), "ok");
  ASSERT_EQ(word(updater.finish()), "ok");
}

TEST_F(SessionTest, WhatNeverBeganHasANumberOfItsOwn) {
  ASSERT_TRUE(updater.begin({.scheme = kRaw}).has_value());
  updater.never_began(kReq, {Code::unreachable, Where::link});
  EXPECT_THAT(log.ended, ElementsAre("unreachable"));
  EXPECT_THAT(log.over, ElementsAre(2u));
  EXPECT_TRUE(updater.in_session()) << "the session that runs is not its";
  updater.abort({Code::aborted, Where::link});
  EXPECT_THAT(log.over, ElementsAre(2u, 1u));
}

}  // namespace
}  // namespace updraft
