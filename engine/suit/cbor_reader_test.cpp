#include "engine/suit/cbor_reader.hpp"

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::suit {
namespace {

using golden::from_hex;

struct Row {
  const char* hex;
  bool taken;
  const char* what;
};

TEST(CborReader, TakesTheDeterministicFormAlone) {
  for (const Row& row : {
           Row{"00", true, "a number"},
           Row{"1818", true, "the first that needs a byte"},
           Row{"1817", false, "a byte too many"},
           Row{"190018", false, "two bytes too many"},
           Row{"1a0000ffff", false, "four where two do"},
           Row{"1b00000000ffffffff", false, "eight where four do"},
           Row{"1bffffffffffffffff", true, "the largest"},
           Row{"1c", false, "a reserved head"},
           Row{"5f4101ff", false, "an indefinite length"},
           Row{"9f01ff", false, "an indefinite array"},
           Row{"83010203", true, "an array"},
           Row{"8301 02", false, "an array with an item missing"},
           Row{"a2 01 02 03 04", true, "a map"},
           Row{"a2 03 02 01 04", false, "keys out of order"},
           Row{"a2 01 02 01 04", false, "a key twice"},
           Row{"a2 17 02 20 04", true, "bytewise: 23 before -1"},
           Row{"a2 20 02 17 04", false, "and not after"},
           Row{"a2 1818 02 61 61 04", true, "numbers before texts"},
           Row{"a1 80 01", false, "an array as a key"},
           Row{"f4", true, "false"},
           Row{"f6", true, "nil"},
           Row{"f7", false, "undefined"},
           Row{"f97e00", false, "a float"},
           Row{"c100", false, "a tag"},
           Row{"62c3a4", true, "a text"},
           Row{"61c3", false, "half a letter"},
           Row{"62c080", false, "an overlong letter"},
           Row{"63eda080", false, "a surrogate"},
           Row{"64f4908080", false, "beyond Unicode"},
           Row{"64f09f9880", true, "the last plane that is used"},
           Row{"8181818181818180", true, "eight deep"},
           Row{"818181818181818180", false, "nine deep"},
           Row{"0000", false, "two items"},
           Row{"", false, "nothing"},
           Row{"9bffffffffffffffff", false, "more items than there can be"},
           Row{"bb7fffffffffffffff", false, "more pairs than there can be"},
           Row{"5bffffffffffffffff", false, "a string beyond the end"},
       }) {
    EXPECT_EQ(is_deterministic(from_hex(row.hex)), row.taken) << row.what;
  }
}

TEST(CborReader, ErrorsStick) {
  const auto bytes = from_hex("01 02");
  CborReader in(bytes);
  (void)in.text();
  EXPECT_FALSE(in.good());
  EXPECT_EQ(in.uint(), 0u);
  EXPECT_TRUE(in.bytes().empty());
  EXPECT_FALSE(in.at_end());
}

TEST(CborReader, TellsWhatEndsFromWhatIsWrong) {
  const auto bytes = from_hex("44 0102");
  CborReader in(bytes);
  EXPECT_TRUE(in.bytes().empty());
  EXPECT_TRUE(in.cut());
  CborReader wrong(bytes);
  (void)wrong.uint();
  EXPECT_FALSE(wrong.cut());
}

}  // namespace
}  // namespace updraft::suit
