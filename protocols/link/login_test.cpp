#include "protocols/link/login.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

Challenge challenge_of(std::string_view text) {
  Challenge challenge;
  std::ranges::copy(as_bytes(text), challenge.begin());
  return challenge;
}
std::string text_of(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// The worked example of socket-bundle.md section 2.
TEST(Login, AnswersAsTheOriginal) {
  const Challenge challenge = challenge_of("cf0e5890");
  Answer answer = answer_to(challenge, "hunter2");
  EXPECT_EQ(text_of(answer), "2e0ec0868e3cd0596299d825153955c90c0de4e9014f3998e97619644c3c71a2");
  EXPECT_TRUE(is_answer(answer, challenge, "hunter2"));
  EXPECT_FALSE(is_answer(answer, challenge, "hunter3"));
  EXPECT_FALSE(is_answer(answer, challenge_of("cf0e5891"), "hunter2"));
  for (std::byte& c : answer) {
    if (c >= std::byte{'a'}) c &= std::byte{0xDF};
  }
  EXPECT_TRUE(is_answer(answer, challenge, "hunter2")) << "upper case is fine";
}

TEST(Login, EveryCharacterCounts) {
  const Challenge challenge = challenge_of("00000000");
  const Answer right = answer_to(challenge, "");
  for (std::size_t i = 0; i < right.size(); ++i) {
    for (const char wrong : {'x', ' ', '\0', right[i] == std::byte{'0'} ? '1' : '0'}) {
      Answer answer = right;
      answer[i] = static_cast<std::byte>(wrong);
      EXPECT_FALSE(is_answer(answer, challenge, ""));
    }
  }
}

// Security row 17, with the real generator: 32 bits that vary, repeats as the birthday bound says.
TEST(Login, ChallengesAreFresh) {
  std::set<std::string> seen;
  unsigned repeats = 0;
  constexpr int kDrawn = 100'000;  // expected repeats: n^2 / 2^33, about 1.2
  std::array<std::set<char>, 8> digits;
  for (int i = 0; i < kDrawn; ++i) {
    const std::string challenge = text_of(make_challenge(&crypto::random_bytes));
    for (std::size_t at = 0; at < 8; ++at) digits[at].insert(challenge[at]);
    if (!seen.insert(challenge).second) ++repeats;
  }
  EXPECT_LE(repeats, 12u);
  for (const auto& place : digits) EXPECT_EQ(place.size(), 16u);
}

TEST(LoginGuard, DelaysAfterAFailureAndLocksAfterTen) {
  LoginGuard guard;
  Instant now{1h};
  EXPECT_LE(guard.opens_at(), now);
  for (unsigned n = 1; n < kLoginLockAfter; ++n) {
    guard.on_failure(now);
    EXPECT_EQ(guard.opens_at(), now + kLoginDelayMs);
    EXPECT_FALSE(guard.locked(now));
    now += 2s;
  }
  guard.on_failure(now);
  EXPECT_EQ(guard.opens_at(), now + kLoginLockMs);
  EXPECT_TRUE(guard.locked(now + kLoginLockMs - 1ms));
  EXPECT_FALSE(guard.locked(now + kLoginLockMs));
}

TEST(LoginGuard, ForgetsFailuresAfterASuccess) {
  LoginGuard guard;
  for (int round = 0; round < 3; ++round) {
    for (unsigned n = 1; n < kLoginLockAfter; ++n) guard.on_failure(Instant{});
    guard.on_success();
  }
  guard.on_failure(Instant{});
  EXPECT_FALSE(guard.locked(Instant{}));
}

class LoginGuardsTest : public testing::Test {
 protected:
  void lock(Origin from) {
    for (unsigned n = 0; n < kLoginLockAfter; ++n) guards_.on_failure(from, now_);
  }
  LoginGuards guards_;
  Instant now_{1h};
};

TEST_F(LoginGuardsTest, CountByWhereAnswersComeFrom) {
  lock(1);
  guards_.on_failure(2, now_);
  EXPECT_TRUE(guards_.locked(1, now_));
  EXPECT_FALSE(guards_.locked(2, now_));
  EXPECT_EQ(guards_.opens_at(2), now_ + kLoginDelayMs);
  EXPECT_LE(guards_.opens_at(3), now_);
}

TEST_F(LoginGuardsTest, ForgetWhoWasQuietForLongestAndNobodyWhoIsLocked) {
  lock(1);
  for (Origin from = 2; from <= 1 + kLoginOrigins; ++from) {
    now_ += 1s;
    guards_.on_failure(from, now_);
  }
  EXPECT_TRUE(guards_.locked(1, now_));
  EXPECT_LE(guards_.opens_at(2), Instant{}) << "forgotten";
  EXPECT_GT(guards_.opens_at(3), Instant{});
}

TEST_F(LoginGuardsTest, TakeTheRestOfTheWorldForOneWhereAllPlacesAreLocked) {
  guards_.on_success(99, now_);
  for (Origin from = 1; from < kLoginOrigins; ++from) lock(from);
  EXPECT_FALSE(guards_.locked(50, now_));
  lock(50);
  EXPECT_TRUE(guards_.locked(51, now_)) << "no number of addresses makes more guesses";
  EXPECT_FALSE(guards_.locked(99, now_)) << "who knows the password has a place of its own";
  now_ += kLoginLockMs;
  EXPECT_FALSE(guards_.locked(51, now_));
  guards_.on_failure(51, now_);
  EXPECT_FALSE(guards_.locked(99, now_));
}

}  // namespace
}  // namespace updraft::link
