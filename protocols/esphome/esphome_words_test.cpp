#include "protocols/esphome/esphome_words.hpp"

#include <string>

#include <gtest/gtest.h>

#include "protocols/esphome/esphome_samples.hpp"

namespace updraft::link {
namespace {

using namespace samples;

TEST(EsphomeLogins, AreThoseOfTheExamples) {
  EXPECT_EQ(esphome_result(EsphomeHash::md5, kEsphomePassword, kEsphomeNonceMd5, kEsphomeCnonceMd5)
                .view(),
            kEsphomeResultMd5);
  EXPECT_EQ(
      esphome_result(EsphomeHash::sha256, kEsphomePassword, kEsphomeNonce, kEsphomeCnonce).view(),
      kEsphomeResult);
}

TEST(EsphomeLogins, LetInTheRightResultAlone) {
  const auto lets_in = [](std::string_view result, std::string_view password = kEsphomePassword) {
    return is_esphome_result(result, EsphomeHash::sha256, password, kEsphomeNonce, kEsphomeCnonce);
  };
  EXPECT_TRUE(lets_in(kEsphomeResult));
  EXPECT_FALSE(lets_in(kEsphomeResult, "correct horsf"));
  EXPECT_FALSE(lets_in(""));
  EXPECT_FALSE(lets_in(kEsphomeResult.substr(1)));
  EXPECT_FALSE(lets_in(kEsphomeResultMd5));
  for (std::size_t i = 0; i < kEsphomeResult.size(); ++i) {
    std::string other(kEsphomeResult);
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(lets_in(other)) << i;
  }
}

// Each byte is an error to a host, and none of an update that went well is.
TEST(EsphomeErrors, OfEachCodeAreErrors) {
  for (std::size_t i = 0; i < kCodeCount; ++i) {
    const auto byte =
        static_cast<std::uint8_t>(esphome_byte({static_cast<Code>(i), Where::device}));
    EXPECT_TRUE(is_esphome_error(byte)) << i;
  }
  for (unsigned byte = 0x80; byte <= 0xFF; ++byte) {
    EXPECT_EQ(esphome_error(static_cast<std::uint8_t>(byte)).found, byte);
  }
  struct Row {
    Code code;
    std::uint8_t byte;
    Code heard;
  };
  constexpr Row kRows[] = {{Code::too_big, 0x89, Code::too_big},
                           {Code::auth_failed, 0x82, Code::auth_failed},
                           {Code::locked, 0x82, Code::auth_failed},
                           {Code::no_other_image, 0x8A, Code::no_other_image},
                           {Code::unsigned_image, 0x8D, Code::signature_invalid},
                           {Code::downgrade, 0x93, Code::downgrade},
                           {Code::busy, 0x81, Code::busy},
                           {Code::flash, 0x83, Code::flash},
                           {Code::wrong_chip, 0x84, Code::not_wanted}};
  for (const Row& row : kRows) {
    EXPECT_EQ(static_cast<std::uint8_t>(esphome_byte({row.code, Where::device})), row.byte);
    EXPECT_EQ(esphome_error(row.byte).code, row.heard);
  }
  EXPECT_EQ(esphome_byte({Code::digest_mismatch, Where::link}), EsphomeSays::md5_wrong);
}

}  // namespace
}  // namespace updraft::link
