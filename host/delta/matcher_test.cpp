#include "host/delta/matcher.hpp"

#include <random>

#include <gtest/gtest.h>

namespace updraft::diff {
namespace {

using Buffer = std::vector<std::byte>;

std::uint32_t longest_by_trying(Bytes text, Bytes pattern) {
  std::uint32_t best = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    best = std::max(best, common_prefix(text.subspan(at), pattern));
  }
  return best;
}

// Its own copy has no room after its end, so that a sanitizer sees every byte too many.
void expect_longest(const Buffer& given, const Buffer& pattern) {
  const Buffer text(given.begin(), given.end());
  const Matcher::Match match = Matcher(text).longest(pattern, 0);
  ASSERT_EQ(match.size, longest_by_trying(text, pattern));
  ASSERT_LE(match.at + match.size, text.size());
  EXPECT_EQ(common_prefix(Bytes(text).subspan(match.at), pattern), match.size);
}

TEST(Matcher, FindsTheLongestMatch) {
  std::mt19937 random(7);
  for (const unsigned letters : {1u, 2u, 3u, 256u}) {
    for (int run = 0; run < 300; ++run) {
      const auto make = [&](std::size_t size) {
        Buffer bytes(size);
        for (std::byte& b : bytes) b = static_cast<std::byte>(0x41 + random() % letters);
        return bytes;
      };
      expect_longest(make(1 + random() % 40), make(random() % 20));
    }
  }
}

// Among the suffixes the last byte stands between two pairs, and belongs to neither.
TEST(Matcher, TheLastByteIsNoPair) {
  for (unsigned last = 0; last < 256; ++last) {
    for (const unsigned second : {0x00u, 0xFFu}) {
      Buffer text = {std::byte{0}, static_cast<std::byte>(second)};
      for (const unsigned first : {last, last - 1, last + 1}) {
        text.push_back(static_cast<std::byte>(first & 0xFF));
        text.push_back(static_cast<std::byte>(second));
      }
      text.push_back(static_cast<std::byte>(last));
      for (const unsigned first : {last, last - 1, last + 1}) {
        expect_longest(text, {static_cast<std::byte>(first & 0xFF), static_cast<std::byte>(second),
                              std::byte{0x77}});
      }
    }
  }
}

}  // namespace
}  // namespace updraft::diff
