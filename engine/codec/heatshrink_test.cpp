#include "engine/codec/heatshrink.hpp"

#include <string>

#include <gtest/gtest.h>

#include "engine/codec/heatshrunk_samples.hpp"

namespace updraft::codec {
namespace {

std::string inflated(Bytes stream, std::size_t step) {
  Heatshrink heatshrink;
  heatshrink.reset();
  std::string text;
  while (!stream.empty()) {
    Bytes part = stream.first(std::min(step, stream.size()));
    stream = stream.subspan(part.size());
    while (const auto byte = heatshrink.next(part)) text += static_cast<char>(*byte);
  }
  return text;
}

TEST(Heatshrink, LiteralsAndCopiesInAnyPieces) {
  samples::BitWriter bits;
  for (const char c : std::string("abc")) bits.literal(static_cast<std::byte>(c));
  bits.copy(3, 6);
  bits.copy(1, 4);
  bits.literal(std::byte{'!'});
  for (const std::size_t step : {1, 2, 100}) {
    EXPECT_EQ(inflated(bits.bytes(), step).substr(0, 14), "abcabcabccccc!");
  }
}

TEST(Heatshrink, CopiesFromTheWholeWindow) {
  samples::BitWriter bits;
  std::string plain;
  for (int i = 0; i < 256; ++i) {
    bits.literal(static_cast<std::byte>(i));
    plain += static_cast<char>(i);
  }
  bits.copy(256, 128);
  plain += plain.substr(0, 128);
  EXPECT_EQ(inflated(bits.bytes(), 7).substr(0, plain.size()), plain);
}

TEST(Heatshrink, KnowsItsFilling) {
  samples::BitWriter bits;
  bits.literal(std::byte{'x'});
  const auto stream = bits.bytes();
  Heatshrink heatshrink;
  heatshrink.reset();
  Bytes in = stream;
  EXPECT_TRUE(heatshrink.next(in).has_value());
  EXPECT_TRUE(heatshrink.only_padding_left());
  EXPECT_TRUE(in.empty());
}

}  // namespace
}  // namespace updraft::codec
