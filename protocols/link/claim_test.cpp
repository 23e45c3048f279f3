#include "protocols/link/claim.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::link {
namespace {

class ClaimTest : public testing::Test {
 protected:
  Result<> announce(std::uint64_t size = 100) {
    return claim.announce({.scheme = kWs, .size = size});
  }
  std::string write(std::string_view bytes) { return word(claim.write(as_bytes(bytes))); }

  fakes::FakeIntake intake;
  Claim claim{intake};
};

TEST_F(ClaimTest, AnAnnouncementTakesNothing) {
  ASSERT_EQ(word(announce()), "ok");
  EXPECT_EQ(intake.calls, "");
  EXPECT_EQ(write("0123456789abcde"), "ok");
  EXPECT_EQ(intake.calls, "") << "15 bytes say nothing";
  EXPECT_FALSE(claim.has_engine());
  EXPECT_EQ(write("fgh"), "ok");
  EXPECT_EQ(intake.calls, "begin");
  EXPECT_TRUE(claim.has_engine());
  EXPECT_TRUE(intake.offer.welcomed);
  EXPECT_EQ(intake.offer.size, 100u);
  EXPECT_EQ(write("ijk"), "ok");
  EXPECT_EQ(word(outcome_of(claim.finish())), "ok");
  EXPECT_EQ(as_text(intake.last_bytes), "0123456789abcdefghijk");
  EXPECT_FALSE(claim.has_engine());
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(ClaimTest, AShortPayloadIsJudgedAtItsEnd) {
  ASSERT_EQ(word(announce(3)), "ok");
  EXPECT_EQ(write("abc"), "ok");
  EXPECT_EQ(claim.resume_at(3).value(), 3u);
  EXPECT_EQ(word(outcome_of(claim.finish())), "ok");
  EXPECT_EQ(intake.calls, "begin finish");
  EXPECT_EQ(as_text(intake.last_bytes), "abc");
}

TEST_F(ClaimTest, WhatIsNotWelcomeIsNotAnnounced) {
  intake.welcome_error = Code::unsigned_image;
  EXPECT_EQ(word(announce()), "unsigned");
  claim.abort({Code::aborted, Where::link});
  EXPECT_EQ(intake.calls, "");
  EXPECT_EQ(intake.reports, "") << "the engine has told";
}

TEST_F(ClaimTest, TheEngineMayBeGoneBetweenTheTwo) {
  ASSERT_EQ(word(announce()), "ok");
  intake.begin_error = Code::busy;
  EXPECT_EQ(write("0123456789abcdef"), "busy");
  EXPECT_FALSE(claim.reached());
  claim.abort({Code::aborted, Where::link});
  EXPECT_EQ(intake.calls, "begin");
}

TEST_F(ClaimTest, WhatWasRefusedWasReached) {
  ASSERT_EQ(word(announce()), "ok");
  intake.write_error = Code::wrong_chip;
  EXPECT_EQ(write("0123456789abcdef"), "wrong_chip");
  EXPECT_TRUE(claim.reached());
  EXPECT_FALSE(claim.has_engine());
  claim.abort({Code::aborted, Where::link});
  EXPECT_EQ(intake.misuse, "");
}

TEST_F(ClaimTest, EndsAsFarAsItCame) {
  ASSERT_EQ(word(announce()), "ok");
  claim.abort({Code::aborted, Where::link});
  EXPECT_EQ(intake.reports, "aborted");
  ASSERT_EQ(word(announce()), "ok");
  ASSERT_EQ(write("0123456789abcdef"), "ok");
  claim.abort({Code::timeout, Where::link});
  claim.abort({Code::timeout, Where::link});
  EXPECT_EQ(intake.calls, "begin abort:timeout");
}

TEST_F(ClaimTest, HearsAtItsNextCallThatItWasTakenOver) {
  for (const bool writes : {true, false}) {
    ASSERT_EQ(word(announce()), "ok");
    ASSERT_EQ(write("0123456789abcdef"), "ok");
    intake.in_session = false;
    intake.calls.clear();
    intake.offer.holder->on_taken_over();
    EXPECT_EQ(claim.resume_at(16).value(), 16u);
    EXPECT_EQ(writes ? write("more") : word(outcome_of(claim.finish())), "busy");
    claim.abort({Code::aborted, Where::link});
    EXPECT_EQ(intake.calls, "");
  }
  ASSERT_EQ(word(announce()), "ok");
  ASSERT_EQ(write("0123456789abcdef"), "ok");
  intake.in_session = false;
  intake.offer.holder->on_taken_over();
  claim.abort({Code::aborted, Where::link});
  EXPECT_EQ(intake.misuse + intake.reports, "") << "its end was told";
  EXPECT_EQ(word(announce()), "ok") << "and it may begin again";
}

}  // namespace
}  // namespace updraft::link
