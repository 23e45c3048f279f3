// The product of the vectors, built in as menuconfig would.
#include <array>
#include <string>

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "ports/esp_idf/built_in_product.hpp"

namespace updraft::esp_idf {
namespace {

std::string id(const std::uint8_t* bytes) {
  std::array<std::byte, 32> text;
  write_hex(std::as_bytes(std::span(bytes, 16)), text);
  return {reinterpret_cast<const char*>(text.data()), text.size()};
}

// As section 12 of spec/suit.md has them.
TEST(BuiltInProduct, HasTheIdsOfItsNames) {
  EXPECT_EQ(id(built_in_vendor()), "d4371773449a5c52b33cdd1206a0b3b9");
  EXPECT_EQ(id(built_in_class()), "fbb0df68b61a50a88e34e2226f683b06");
}

}  // namespace
}  // namespace updraft::esp_idf
