#include "engine/pipeline/inflate_stage.hpp"

#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "engine/core/test_word.hpp"
#include "engine/pipeline/test_collector.hpp"

namespace updraft::pipeline {
namespace {

using samples::deflated;
using samples::mixed;
using samples::Wrapping;

constexpr std::uint64_t kLimit = 1 << 20;

class InflateStageTest : public testing::TestWithParam<Wrapping> {
 protected:
  // The first error, or ok, of a stream that arrives in pieces.
  Result<> inflate(Bytes stream, std::size_t step = 1460, std::uint64_t limit = kLimit,
                   std::size_t padding = 0) {
    next = {};
    stage.reset(next, limit, padding);
    while (!stream.empty()) {
      const Bytes part = stream.first(std::min(step, stream.size()));
      UPDRAFT_TRY(stage.push(part));
      stream = stream.subspan(part.size());
    }
    return stage.finish();
  }
  static std::string code(const Result<>& result) { return word(result); }

  Collector next;
  InflateStage stage;
  std::vector<std::byte> plain = mixed(100'000);
};

TEST_P(InflateStageTest, UndoesEveryLevelInAnyPieces) {
  for (int level = 0; level <= 9; ++level) {
    const auto stream = deflated(plain, GetParam(), level);
    for (const std::size_t step : {std::size_t{1}, std::size_t{1460}, stream.size()}) {
      ASSERT_EQ(code(inflate(stream, step)), "ok") << "level " << level << ", step " << step;
      ASSERT_TRUE(next.bytes == plain);
      EXPECT_TRUE(next.finished);
    }
  }
}

TEST_P(InflateStageTest, UndoesNothing) {
  EXPECT_EQ(code(inflate(deflated({}, GetParam()))), "ok");
  EXPECT_TRUE(next.bytes.empty());
}

TEST_P(InflateStageTest, CutAnywhereIsACut) {
  const auto stream = deflated(mixed(4000), GetParam());
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    ASSERT_EQ(code(inflate(Bytes(stream).first(cut))), "size_mismatch") << cut;
    ASSERT_FALSE(next.finished);
  }
}

// A flipped bit is refused, or it has no meaning: gzip's time, the fill of the last byte.
TEST_P(InflateStageTest, NoFlippedBitChangesWhatComesOut) {
  const auto content = mixed(600);
  const auto stream = deflated(content, GetParam());
  int unseen = 0;
  for (std::size_t bit = 0; bit < stream.size() * 8; ++bit) {
    auto bad = stream;
    bad[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    if (!inflate(bad)) continue;
    ++unseen;
    ASSERT_TRUE(next.bytes == content) << "bit " << bit;
  }
  EXPECT_LE(unseen, GetParam() == Wrapping::gzip ? 8 * 6 + 1 + 7 : 7);
}

TEST_P(InflateStageTest, WrongChecksumIsItsOwnError) {
  auto stream = deflated(plain, GetParam());
  const std::size_t checksum = GetParam() == Wrapping::gzip ? 8 : 4;
  stream[stream.size() - checksum] ^= std::byte{1};
  EXPECT_EQ(code(inflate(stream)), "bad_checksum");
  EXPECT_FALSE(next.finished);
}

TEST_P(InflateStageTest, StopsAtTheLimit) {
  EXPECT_EQ(code(inflate(deflated(plain, GetParam()), 1460, plain.size())), "ok");
  EXPECT_EQ(code(inflate(deflated(plain, GetParam()), 1460, plain.size() - 1)), "too_big");
  EXPECT_LT(next.bytes.size(), plain.size());
}

// Security row 10: 1 MiB that inflates to 1 GiB. A block of zeros, and again, and again.
TEST_P(InflateStageTest, StopsABomb) {
  const auto whole = deflated({}, GetParam());
  const std::size_t head = GetParam() == Wrapping::gzip ? 10 : 2;
  const auto block = samples::flushed(std::vector<std::byte>(1 << 20));
  ASSERT_LT(block.size(), 1100u);
  next.keeps = false;
  stage.reset(next, kLimit, 0);
  ASSERT_TRUE(stage.push(Bytes(whole).first(head)));
  Result<> pushed;
  for (int mebibytes = 0; mebibytes < 1024 && pushed; ++mebibytes) pushed = stage.push(block);
  EXPECT_EQ(code(pushed), "too_big");
  EXPECT_EQ(next.total, kLimit);
  EXPECT_LE(pushed.error().found, kLimit + codec::kInflatedBytes);
}

TEST_P(InflateStageTest, NothingMayBeBehind) {
  auto stream = deflated(plain, GetParam());
  stream.push_back(std::byte{0});
  EXPECT_EQ(code(inflate(stream)), "malformed");
  EXPECT_EQ(code(inflate(stream, 1)), "malformed");
}

TEST_P(InflateStageTest, ButForTheFillOfALink) {
  auto stream = deflated(plain, GetParam());
  stream.resize(stream.size() + 15, std::byte{0xFF});
  EXPECT_EQ(code(inflate(stream, 1460, kLimit, 15)), "ok");
  EXPECT_EQ(code(inflate(stream, 1, kLimit, 15)), "ok");
  EXPECT_EQ(code(inflate(stream, 1460, kLimit, 14)), "malformed");
  EXPECT_EQ(code(inflate(stream, 1, kLimit, 14)), "malformed");
}

TEST_P(InflateStageTest, HandsOnWhatTheNextStageSays) {
  stage.reset(next, kLimit, 0);
  next.refuses = Code::wrong_chip;
  EXPECT_EQ(code(stage.push(deflated(plain, GetParam()))), "wrong_chip");
}

INSTANTIATE_TEST_SUITE_P(Wrappings, InflateStageTest,
                         testing::Values(Wrapping::zlib, Wrapping::gzip), [](const auto& row) {
                           return std::string(row.param == Wrapping::zlib ? "zlib" : "gzip");
                         });

class GzipMembers : public InflateStageTest {};

TEST_F(GzipMembers, FollowEachOther) {
  const auto first = deflated(Bytes(plain).first(50'000), Wrapping::gzip);
  const auto second = deflated(Bytes(plain).subspan(50'000), Wrapping::gzip);
  auto stream = first;
  stream.insert(stream.end(), second.begin(), second.end());
  for (const std::size_t step : {std::size_t{1}, stream.size()}) {
    EXPECT_EQ(code(inflate(stream, step)), "ok");
    EXPECT_TRUE(next.bytes == plain);
  }
  EXPECT_EQ(code(inflate(stream, 1460, plain.size() - 1)), "too_big") << "they share the limit";
  EXPECT_EQ(code(inflate(Bytes(stream).first(first.size() + 1))), "size_mismatch");
}

TEST_F(GzipMembers, TellTheirSize) {
  auto stream = deflated(plain, Wrapping::gzip);
  stream[stream.size() - 4] ^= std::byte{1};
  EXPECT_EQ(code(inflate(stream)), "malformed");
}

}  // namespace
}  // namespace updraft::pipeline
