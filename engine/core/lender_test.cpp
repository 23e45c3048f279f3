#include "engine/core/lender.hpp"

#include <gtest/gtest.h>

namespace updraft {
namespace {

struct Counted {
  explicit Counted(int& count) : alive(count) { ++alive; }
  ~Counted() { --alive; }
  int& alive;
};

TEST(Room, LendsOnePieceAtATime) {
  Room<64> room;
  EXPECT_EQ(room.largest(), 64u);
  EXPECT_EQ(room.lend(65), nullptr);
  std::byte* const piece = room.lend(64);
  ASSERT_NE(piece, nullptr);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % alignof(std::max_align_t), 0u);
  EXPECT_EQ(room.lend(1), nullptr);
  EXPECT_EQ(room.largest(), 0u);
  room.take_back(piece);
  EXPECT_EQ(room.lend(8), piece);
}

TEST(Borrowed, LivesAsLongAsItIsNeeded) {
  Room<sizeof(Counted)> room;
  int alive = 0;
  {
    Borrowed<Counted> one(room);
    EXPECT_FALSE(one);
    ASSERT_TRUE(one.make(alive));
    ASSERT_TRUE(one.make(alive)) << "a new one takes the place of the one before";
    EXPECT_EQ(alive, 1);
    one.give_back();
    one.give_back();
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(room.largest(), sizeof(Counted));
    ASSERT_TRUE(one.make(alive));
  }
  EXPECT_EQ(alive, 0);
  EXPECT_EQ(room.largest(), sizeof(Counted));
}

TEST(Borrowed, SaysHowMuchIsMissing) {
  Room<sizeof(Counted) - 1> room;
  int alive = 0;
  Borrowed<Counted> one(room);
  const Result<> made = one.make(alive);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error(),
            (Error{Code::no_memory, Where::device, sizeof(Counted) - 1, sizeof(Counted)}));
  EXPECT_FALSE(one);
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace updraft
