#include "protocols/link/pace.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

const Instant kStart{1h};

TEST(Pace, LessThanASectorIsNoProgress) {
  Pace pace;
  pace.begin(kStart);
  pace.moved(kPaceBytes - 1, 1'000'000, kStart + 20s);
  EXPECT_EQ(pace.deadline(), kStart + kPaceMs);
  pace.moved(kPaceBytes, 1'000'000, kStart + 20s);
  EXPECT_EQ(pace.deadline(), kStart + 20s + kPaceMs);
  pace.moved(2 * kPaceBytes - 1, 1'000'000, kStart + 40s);
  EXPECT_EQ(pace.deadline(), kStart + 20s + kPaceMs);
}

TEST(Pace, TheRestIsProgressOnce) {
  Pace pace;
  pace.begin(kStart);
  pace.moved(100, 100, kStart + 20s);
  EXPECT_EQ(pace.deadline(), kStart + 20s + kPaceMs);
  pace.moved(100, 100, kStart + 40s);
  EXPECT_EQ(pace.deadline(), kStart + 20s + kPaceMs);
}

TEST(Pace, AskingForOldBytesAgainIsNone) {
  Pace pace;
  pace.begin(kStart);
  pace.moved(3 * kPaceBytes, 1'000'000, kStart + 1s);
  pace.moved(kPaceBytes, 1'000'000, kStart + 2s);
  EXPECT_EQ(pace.deadline(), kStart + 1s + kPaceMs);
}

TEST(Pace, HasAnEnd) {
  Pace pace;
  pace.begin(kStart);
  Instant now = kStart;
  for (std::uint64_t sent = kPaceBytes; now < pace.deadline(); sent += kPaceBytes) {
    pace.moved(sent, UINT64_MAX, now);
    now += kPaceMs - 1ms;
  }
  EXPECT_EQ(pace.deadline(), kStart + kPaceTotalMs);
  pace.begin(now);
  EXPECT_EQ(pace.deadline(), now + kPaceMs);
}

}  // namespace
}  // namespace updraft::link
