#include "host/desk/printable.hpp"

#include <gtest/gtest.h>

namespace updraft::host {
namespace {

struct Row {
  std::string_view text, shown;
};

TEST(Readable, LettersStayAndAllElseIsSpelledOut) {
  for (const Row& row : std::initializer_list<Row>{
           {"", ""},
           {"app.bin", "app.bin"},
           {"кухня é 厨房 🔧", "кухня é 厨房 🔧"},
           {"\x1b[2J", "\\x1b[2J"},
           {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
           {"\x7f", "\\x7f"},
           {"\xff\xfe", "\\xff\\xfe"},
           {"\xc2\x9b"
            "31m",
            "\\xc2\\x9b31m"},                             // CSI as C1
           {"\xc0\xaf", "\\xc0\\xaf"},                    // overlong
           {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
           {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // beyond Unicode
           {"\xe2\x80\xae"
            "gpj.exe",
            "\\xe2\\x80\\xaegpj.exe"},           // right to left
           {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},  // a line's end
           {"a\xe2\x82", "a\\xe2\\x82"},         // cut off
           {std::string_view("\0x", 2), "\\x00x"},
       }) {
    EXPECT_EQ(readable(row.text), row.shown);
  }
}

TEST(Readable, EveryByteAlone) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string text(1, static_cast<char>(byte));
    const bool plain = byte >= 0x20 && byte < 0x7F;
    EXPECT_EQ(readable(text) == text, plain) << byte;
    EXPECT_EQ(printable(text) == text, plain) << byte;
  }
}

}  // namespace
}  // namespace updraft::host
