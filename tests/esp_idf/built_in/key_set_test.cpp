// The KeySet of the vectors, built in as menuconfig would.
#include <gtest/gtest.h>

#include "ports/esp_idf/built_in_key_set.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::esp_idf {
namespace {

TEST(BuiltInKeySet, IsTheFileThatWasNamed) {
  const auto file = golden::bytes("suit/k01-keyset-1");
  const Bytes held = built_in_key_set();
  EXPECT_EQ(held.size(), 643u);
  EXPECT_TRUE(std::ranges::equal(held, file));
}

}  // namespace
}  // namespace updraft::esp_idf
