#include "engine/core/ring.hpp"

#include <deque>
#include <random>

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(Ring, IsAQueueWithAnEnd) {
  Ring<int, 3> ring;
  std::deque<int> plain;
  std::mt19937 random(1);
  for (int i = 0; i < 10'000; ++i) {
    if (random() % 2 == 0 && !ring.full()) {
      ring.push(i);
      plain.push_back(i);
    } else if (!ring.empty()) {
      ring.pop();
      plain.pop_front();
    }
    ASSERT_EQ(ring.size(), plain.size());
    ASSERT_EQ(ring.empty(), plain.empty());
    ASSERT_EQ(ring.full(), plain.size() == 3);
    if (!plain.empty()) {
      ASSERT_EQ(ring.front(), plain.front());
    }
  }
}

TEST(Ring, AValueCanBeMadeInItsPlace) {
  Ring<std::array<int, 2>, 2> ring;
  ring.next()[1] = 7;
  EXPECT_TRUE(ring.empty()) << "it does not count before push()";
  ring.push();
  EXPECT_EQ(ring.front()[1], 7);
}

}  // namespace
}  // namespace updraft
