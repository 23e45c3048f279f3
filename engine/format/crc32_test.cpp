#include "engine/format/crc32.hpp"

#include <gtest/gtest.h>

namespace updraft::format {
namespace {

TEST(Crc32, HasTheCheckValueOfZlib) {
  EXPECT_EQ(crc32(as_bytes("123456789")), 0xCBF43926u);
  EXPECT_EQ(crc32({}), 0u);
}

TEST(Crc32, WithAllOnesAsTheStartIsTheVariantOfOtadata) {
  EXPECT_EQ(crc32(as_bytes("123456789"), 0xFFFFFFFF), 0xD202D277u);
}

TEST(Crc32, GoesOnWhereACallEnded) {
  EXPECT_EQ(crc32(as_bytes("6789"), crc32(as_bytes("12345"))), 0xCBF43926u);
}

}  // namespace
}  // namespace updraft::format
