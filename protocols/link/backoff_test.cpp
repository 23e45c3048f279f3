#include "protocols/link/backoff.hpp"

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

void lowest(MutableBytes out) { std::ranges::fill(out, std::byte{0}); }
void highest(MutableBytes out) {  // the remainder by 501, 1001, ... is the largest
  std::ranges::fill(out, std::byte{0});
  store_le32(out, 0, 500);
}

TEST(Backoff, DoublesUpToAMinute) {
  Backoff backoff(lowest);
  for (const Millis expected :
       {500ms, 1000ms, 2000ms, 4000ms, 8000ms, 16'000ms, 30'000ms, 30'000ms}) {
    EXPECT_EQ(backoff.next(), expected);
  }
  backoff.reset();
  EXPECT_EQ(backoff.next(), 500ms);
}

TEST(Backoff, IsAtMostTheWholePause) {
  Backoff backoff(highest);
  EXPECT_EQ(backoff.next(), 1000ms);
}

TEST(Backoff, IsNotTheSameForEverybody) {
  Backoff one, other;
  bool differ = false;
  for (int i = 0; i < 8; ++i) differ = differ || one.next() != other.next();
  EXPECT_TRUE(differ);
}

}  // namespace
}  // namespace updraft::link
