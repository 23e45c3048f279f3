#include "engine/pipeline/unseal_stage.hpp"

#include <gtest/gtest.h>

#include "engine/pipeline/test_collector.hpp"
#include "tests/fakes/sweep.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft::pipeline {
namespace {

using format::Seal;

constexpr std::uint64_t kLimit = 1 << 20;
constexpr std::size_t kHead = format::kSealedHeaderBytes;

// Step in bytes of the sweeps that unwrap with RSA: with Mbed TLS that is slow.
#ifdef PSA_SUCCESS
constexpr bool kSlow = true;
#else
const bool kSlow = sweep() == Sweep::sample;
#endif
const std::size_t kSparse = kSlow ? 67 : 13, kDense = kSlow ? 5 : 1;

std::vector<std::byte> content_of(std::size_t size) {
  std::vector<std::byte> content(size);
  for (std::size_t i = 0; i < size; ++i) content[i] = static_cast<std::byte>(i * 7 + i / 256);
  return content;
}

class UnsealStageTest : public testing::TestWithParam<Seal> {
 protected:
  void SetUp() override { golden::hold_keys(keys); }

  std::string unseal(Bytes stream, std::size_t step = 1460, std::size_t padding = 0) {
    next = {};
    stage.reset(next, kLimit, padding);
    while (!stream.empty()) {
      const Bytes part = stream.first(std::min(step, stream.size()));
      if (const Result<> pushed = stage.push(part); !pushed) return code(pushed);
      stream = stream.subspan(part.size());
    }
    return code(stage.finish());
  }
  static std::string code(const Result<>& result) {
    if (result) return "ok";
    EXPECT_TRUE(result.error().where == Where::gate || result.error().where == Where::image);
    return std::string(name(result.error().code));
  }
  static std::vector<std::byte> sealed(Bytes content) {
    return golden::sealed(content, GetParam());
  }
  std::size_t sweep_step() const { return GetParam() == Seal::rsa ? kSparse : 1; }

  format::SealedKeys keys;
  UnsealStage stage{keys};
  Collector next;
};

TEST_P(UnsealStageTest, OpensContentsOfAnySizeInAnyPieces) {
  for (const std::size_t size : {1, 15, 16, 17, 31, 32, 33, 1023, 1024, 1025, 1040, 5000}) {
    const auto content = content_of(size);
    const auto stream = sealed(content);
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, std::size_t{1460}, SIZE_MAX}) {
      ASSERT_EQ(unseal(stream, step), "ok") << size << " in steps of " << step;
      ASSERT_TRUE(next.bytes == content);
      ASSERT_TRUE(next.finished);
    }
  }
}

TEST_P(UnsealStageTest, CutAnywhereIsACut) {
  const auto stream = sealed(content_of(100));
  for (std::size_t cut = 0; cut < stream.size(); ++cut) {
    if (cut >= kHead && cut % sweep_step() != 0) continue;
    ASSERT_EQ(unseal(Bytes(stream).first(cut)), "size_mismatch") << cut;
    ASSERT_FALSE(next.finished);
  }
}

// Any changed byte of the head is refused, except those that the format says are ignored.
TEST_P(UnsealStageTest, NoFlippedBitOfTheHeadPasses) {
  const auto content = content_of(40);
  const auto stream = sealed(content);
  for (std::size_t at = 0; at < kHead; at += at >= 100 && at < 388 ? kSparse : kDense) {
    for (const int bit : {0, 7}) {
      auto bad = stream;
      bad[at] ^= static_cast<std::byte>(1u << bit);
      const std::string verdict = unseal(bad);
      if (at >= 424) {
        ASSERT_EQ(verdict, "ok") << at;
        continue;
      }
      ASSERT_NE(verdict, "ok") << at;
      ASSERT_FALSE(next.finished);
      ASSERT_LT(next.bytes.size(), content.size()) << "the last block is held back";
      const bool length = at >= 404 && at < 408, key = at >= 4 && at < 388;
      if (key || length) continue;
      ASSERT_EQ(verdict, at < 4 ? "malformed" : "bad_hash") << at;
    }
  }
}

TEST_P(UnsealStageTest, NoFlippedBitOfTheContentPasses) {
  const auto content = content_of(300);
  const auto stream = sealed(content);
  for (std::size_t at = kHead; at < stream.size(); at += sweep_step()) {
    auto bad = stream;
    bad[at] ^= std::byte{0x20};
    ASSERT_EQ(unseal(bad, 64), "bad_hash") << at;
    ASSERT_LT(next.bytes.size(), content.size());
    ASSERT_FALSE(next.finished);
  }
}

TEST_P(UnsealStageTest, LengthsThatLie) {
  auto stream = sealed(content_of(100));
  const struct {
    std::uint32_t length;
    const char* verdict;
  } rows[] = {{0, "malformed"},          {99, "bad_hash"},        {101, "size_mismatch"},
              {kLimit, "size_mismatch"}, {kLimit + 1, "too_big"}, {0xFFFFFFFF, "too_big"}};
  for (const auto& row : rows) {
    store_le32(stream, 404, row.length);
    EXPECT_EQ(unseal(stream), row.verdict) << row.length;
    EXPECT_EQ(unseal(stream, 1), row.verdict) << row.length;
  }
}

TEST_P(UnsealStageTest, NothingMayBeBehind) {
  auto stream = sealed(content_of(100));
  for (const int trailing : {0, 1, 0xFF}) {
    auto more = stream;
    more.push_back(static_cast<std::byte>(trailing));
    EXPECT_EQ(unseal(more), "malformed");
    EXPECT_EQ(unseal(more, 1), "malformed");
    EXPECT_FALSE(next.finished);
  }
}

TEST_P(UnsealStageTest, ButForTheFillOfALink) {
  auto stream = sealed(content_of(100));
  stream.resize(stream.size() + 15, std::byte{0xFF});
  EXPECT_EQ(unseal(stream, 1460, 15), "ok");
  EXPECT_EQ(unseal(stream, 1, 15), "ok");
  EXPECT_EQ(unseal(stream, 1460, 14), "malformed");
  EXPECT_EQ(unseal(stream, 1, 14), "malformed");
}

TEST_P(UnsealStageTest, WithAnotherKeyTheTagIsWrong) {
  format::SealedKeys others;
  ASSERT_TRUE(others.add_rsa(golden::other_rsa_key()));
  ASSERT_TRUE(others.add_ecies(golden::hmac_key()));  // any number will do
  UnsealStage other{others};
  const auto stream = sealed(content_of(100));
  other.reset(next, kLimit, 0);
  EXPECT_EQ(code(other.push(stream)), "bad_hash");
}

TEST_P(UnsealStageTest, WithoutAKeyItIsToldAtTheHead) {
  format::SealedKeys none;
  UnsealStage other{none};
  const auto stream = sealed(content_of(100));
  other.reset(next, kLimit, 0);
  EXPECT_EQ(code(other.push(Bytes(stream).first(kHead))), "wrong_key");
  EXPECT_TRUE(next.bytes.empty());
}

TEST_P(UnsealStageTest, HandsOnWhatTheNextStageSays) {
  const auto stream = sealed(content_of(100));
  stage.reset(next, kLimit, 0);
  next.refuses = Code::wrong_chip;
  EXPECT_EQ(code(stage.push(stream)), "wrong_chip");
}

INSTANTIATE_TEST_SUITE_P(Schemes, UnsealStageTest, testing::Values(Seal::rsa, Seal::ecies),
                         [](const auto& row) { return std::string(format::name(row.param)); });

// spec/esp32.md 7.5 opens and gives the image of 7.3.
TEST(UnsealVector, Opens) {
  format::SealedKeys keys;
  golden::hold_keys(keys);
  UnsealStage stage{keys};
  Collector next;
  stage.reset(next, kLimit, 0);
  ASSERT_TRUE(stage.push(golden::bytes("sealed_image_ecies")).has_value());
  ASSERT_TRUE(stage.finish().has_value());
  EXPECT_TRUE(next.bytes == golden::bytes("minimal_image_esp32c3"));
}

}  // namespace
}  // namespace updraft::pipeline
