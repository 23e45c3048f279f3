#include "engine/core/words.hpp"

#include <gtest/gtest.h>

namespace updraft {
namespace {

TEST(WordsTest, AreTheSameInAnyCase) {
  EXPECT_TRUE(same_word("Content-Type", "CONTENT-tYPE"));
  EXPECT_TRUE(same_word("", ""));
  EXPECT_FALSE(same_word("ota_0", "ota_1"));
  EXPECT_FALSE(same_word("ota", "ota_0"));
  EXPECT_FALSE(same_word("ota_0", "ota"));
}

// '@' and '[' stand beside the letters; what is no ASCII stays what it is.
TEST(WordsTest, OnlyLettersHaveACase) {
  for (int i = -128; i < 128; ++i) {
    const char c = static_cast<char>(i);
    const bool upper = c >= 'A' && c <= 'Z';
    EXPECT_EQ(lower_case(c), upper ? static_cast<char>(c + 32) : c) << i;
  }
}

}  // namespace
}  // namespace updraft
