// Every begin() that fails and every session that ends is reported to the observer, once, with the
// number of its session.
#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/update/send.hpp"
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
    EXPECT_THAT(log.begun, ElementsAre(++id));
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
