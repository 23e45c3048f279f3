// Range coder, models, numbers and byte model against the vectors, in both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/delta/byte_model.hpp"
#include "engine/delta/number.hpp"
#include "engine/delta/range_decoder.hpp"
#include "host/delta/range_encoder.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::delta {
namespace {

using diff::RangeEncoder;
using golden::from_hex;
using golden::to_hex;

// Runs `script(coder)` over the chunk; encoder and decoder must make the same calls.
template <class Script>
void expect_chunk(const char* hex, Script script) {
  RangeEncoder encoder;
  script(encoder);
  EXPECT_EQ(to_hex(encoder.finish()), hex);

  const auto chunk = from_hex(hex);
  RangeDecoder decoder;
  decoder.reset();
  Bytes in = chunk;
  decoder.fill(in);
  decoder.start_chunk(static_cast<std::uint32_t>(chunk.size()));
  ASSERT_TRUE(decoder.open());
  script(decoder);
  EXPECT_EQ(decoder.left(), 0u) << "a chunk is used up to its last byte";
  EXPECT_FALSE(decoder.damaged());
}

TEST(RangeCoder, SmallModel) {
  expect_chunk("0050e670ca1a00", [](auto& coder) {
    SmallModel model;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(code_bit(coder, model, i % 5 != 4), i % 5 != 4);
    EXPECT_EQ(model.value(), 0xC8CF);
  });
}

TEST(RangeCoder, WideModel) {
  expect_chunk("005101f8d52b00", [](auto& coder) {
    WideModel model;
    for (int i = 0; i < 20; ++i) EXPECT_EQ(code_bit(coder, model, i % 5 != 4), i % 5 != 4);
    EXPECT_EQ(model.value(), 0xCA8FFC14);
  });
}

TEST(RangeCoder, Numbers) {
  expect_chunk("00feb3c5296b3cb518e45b2a9dd80208e307ffefd8f6bc8b", [](auto& coder) {
    NumberClass models;
    for (const std::uint32_t v :
         {0u, 1u, 2u, 3u, 7u, 8u, 100u, 4096u, 0x3FB0'0000u, 0xFFFF'FFFFu}) {
      EXPECT_EQ(code_unsigned(coder, models, v), v);
    }
    for (const std::int32_t v : {-5, 5}) EXPECT_EQ(code_signed(coder, models, v), v);
  });
}

TEST(RangeCoder, RawBits) {
  expect_chunk("00a5c2fffb3d00", [](auto& coder) {
    for (unsigned i = 16; i-- > 0;) {
      const bool bit = (0xA5C3u >> i & 1u) != 0;
      EXPECT_EQ(coder.raw(bit), bit);
    }
  });
}

TEST(RangeCoder, ByteModel) {
  expect_chunk("009edc8e367655fb0a428ca3", [](auto& coder) {
    static ByteModel<12> model;
    model.reset(12);
    std::uint32_t history = 0, i = 0;
    for (const char c : std::string_view("aaaabaaaab")) {
      const auto byte = static_cast<std::uint32_t>(c);
      EXPECT_EQ(model.code(coder, {.position = i++ % 4, .history = history}, byte), byte);
      history = (history << 8 | byte) & 0xFF'FFFF;
    }
    EXPECT_THAT(model.weights(8), testing::ElementsAre(14029, 14029, 13083, 13083, 13224, 13083));
  });
}

// What a chunk may leave out at its end, the decoder finds there as zeros.
TEST(RangeCoder, AShortEndSaysTheSame) {
  std::size_t saved = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    const auto script = [seed](auto& coder) {
      SmallModel model;
      std::mt19937 random(seed);
      for (unsigned i = 0; i < 3 * seed; ++i) {
        const bool bit = random() % 8 != 0;
        EXPECT_EQ(seed % 2 == 0 ? code_bit(coder, model, bit) : coder.raw(bit), bit);
      }
    };
    RangeEncoder whole, brief;
    script(whole);
    script(brief);
    const auto chunk = brief.finish_short();
    saved += whole.finish().size() - chunk.size();
    ASSERT_GE(chunk.size(), RangeEncoder::kLeastChunk);
    RangeDecoder decoder;
    decoder.reset();
    Bytes in = chunk;
    decoder.fill(in);
    decoder.start_chunk(static_cast<std::uint32_t>(chunk.size()));
    ASSERT_TRUE(decoder.open());
    script(decoder);
    EXPECT_EQ(decoder.left(), 0u) << "a chunk is used up to its last byte";
  }
  EXPECT_GT(saved, 400u) << "two bytes and more each";
}

TEST(RangeCoder, TheLargestNumberIsTheLast) {
  for (const std::uint32_t length : {33u, 63u}) {
    RangeEncoder encoder;
    NumberClass models;
    code_tree(encoder, models.length, 6, length);
    const auto chunk = encoder.finish();
    RangeDecoder decoder;
    decoder.reset();
    Bytes in = chunk;
    decoder.fill(in);
    decoder.start_chunk(static_cast<std::uint32_t>(chunk.size()));
    ASSERT_TRUE(decoder.open());
    NumberClass fresh;
    EXPECT_EQ(code_unsigned(decoder, fresh, 0), 0u);
    EXPECT_TRUE(decoder.damaged()) << length;
  }
}

TEST(RangeCoder, AChunkBeginsWithZero) {
  for (const char* hex : {"0100000000", "00000000"}) {
    const auto chunk = from_hex(hex);
    RangeDecoder decoder;
    decoder.reset();
    Bytes in = chunk;
    decoder.fill(in);
    decoder.start_chunk(static_cast<std::uint32_t>(chunk.size()));
    EXPECT_FALSE(decoder.open()) << hex;
  }
}

TEST(Squash, AndItsInverse) {
  const struct {
    std::int32_t d, value;
  } squashed[] = {{0, 2047}, {100, 2439}, {-700, 256}, {2047, 4094}, {2048, 4095}, {-2048, 0}};
  for (const auto& row : squashed) EXPECT_EQ(squash(row.d), row.value) << row.d;
  const struct {
    std::size_t p;
    std::int16_t value;
  } stretched[] = {{0, -2047}, {1, -2047}, {100, -951}, {1000, -292},
                   {2047, 0},  {2048, 1},  {4000, 963}, {4095, 2047}};
  for (const auto& row : stretched) EXPECT_EQ(kStretch[row.p], row.value) << row.p;
}

TEST(Rate, IsThatOfTheFormat) {
  constexpr std::uint16_t kFirst[] = {40960, 25206, 18204, 14246, 11702, 9929, 8623, 7620,
                                      6826,  6182,  5649,  5201,  4818,  4488, 4201, 3947};
  for (std::size_t k = 0; k < std::size(kFirst); ++k) EXPECT_EQ(kRate[k], kFirst[k]) << k;
  EXPECT_EQ(kRate[250], 260);
}

}  // namespace
}  // namespace updraft::delta
