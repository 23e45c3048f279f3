#include "engine/core/printable.hpp"

#include <string>

#include <gtest/gtest.h>

namespace updraft {
namespace {

std::string printable(std::string_view text) {
  std::string safe;
  write_printable(text, [&safe](std::string_view piece) { safe += piece; });
  return safe;
}

TEST(Printable, PlainTextIsAsItWas) {
  EXPECT_EQ(printable(""), "");
  EXPECT_EQ(printable("v1.2 ~\"\\"), "v1.2 ~\"\\");
}

TEST(Printable, ControlAndNonAsciiBytesAreTold) {
  EXPECT_EQ(printable("a\x1b[31mb"), "a\\x1b[31mb");
  EXPECT_EQ(printable(std::string_view("\0\n\x7f\xc3\xa4", 5)), "\\x00\\x0a\\x7f\\xc3\\xa4");
}

TEST(Printable, EveryByteIsOneOfTheTwo) {
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    EXPECT_EQ(is_printable(c), value >= 0x20 && value <= 0x7E) << value;
    EXPECT_EQ(printable({&c, 1}).size(), is_printable(c) ? 1u : 4u) << value;
  }
}

}  // namespace
}  // namespace updraft
