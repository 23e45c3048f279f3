#include "protocols/arduino/arduino_login.hpp"

#include <string>

#include <gtest/gtest.h>

#include "protocols/arduino/arduino_samples.hpp"

namespace updraft::link {
namespace {

using namespace samples;

// SPEC.md section 6.
TEST(ArduinoLogin, IsThatOfTheExamples) {
  EXPECT_EQ(
      arduino_response(ArduinoForm::legacy, kArduinoPassword, kArduinoNonceThen, kArduinoCnonceThen)
          .view(),
      kArduinoResponseThen);
  EXPECT_EQ(arduino_response(ArduinoForm::current, kArduinoPassword, kArduinoNonce, kArduinoCnonce)
                .view(),
            kArduinoResponse);
  EXPECT_EQ(
      arduino_response(ArduinoForm::md5_password, kArduinoPassword, kArduinoNonce, kArduinoCnonce)
          .view(),
      kArduinoResponseStored);
  std::string ab, cd;
  for (int i = 0; i < 32; ++i) ab += "ab", cd += "cd";
  EXPECT_EQ(arduino_response(ArduinoForm::current, "a-real-password", ab, cd).view(),
            "4d63ba8b1efa8949a0c5caefe7e8bc77db582e5531bdf2667c663394b4551b93");
}

bool lets_in(std::string_view response, std::string_view cnonce,
             std::string_view nonce = kArduinoNonce, std::string_view password = kArduinoPassword) {
  return is_arduino_response(response, password, nonce, cnonce);
}

TEST(ArduinoLogin, LetsInEachFormAndNoOther) {
  EXPECT_TRUE(lets_in(kArduinoResponse, kArduinoCnonce));
  EXPECT_TRUE(lets_in(kArduinoResponseStored, kArduinoCnonce));
  EXPECT_TRUE(lets_in(kArduinoResponseThen, kArduinoCnonceThen, kArduinoNonceThen));
  EXPECT_FALSE(lets_in(kArduinoResponse, kArduinoCnonce, kArduinoNonce, "correct horsf"));
  EXPECT_FALSE(lets_in(kArduinoResponseThen, kArduinoCnonceThen));
  EXPECT_FALSE(lets_in(kArduinoResponse, kArduinoCnonce, kArduinoNonceThen));
  EXPECT_FALSE(lets_in("", ""));
  for (std::size_t i = 0; i < kArduinoResponse.size(); ++i) {
    std::string other(kArduinoResponse);
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_FALSE(lets_in(other, kArduinoCnonce)) << i;
  }
}

// The old tool reads 37 bytes of "AUTH " and a nonce of 64 digits.
TEST(ArduinoLogin, LetsInATwoGenerationsOldToolThatReadsHalfOfTheNonce) {
  const ArduinoHex response = arduino_response(ArduinoForm::legacy, kArduinoPassword,
                                               kArduinoNonce.substr(0, 32), kArduinoCnonceThen);
  EXPECT_TRUE(lets_in(response.view(), kArduinoCnonceThen));
}

TEST(ArduinoLogin, TakesDigitsOfEitherCase) {
  std::string upper(kArduinoResponse);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_TRUE(lets_in(upper, kArduinoCnonce));
}

}  // namespace
}  // namespace updraft::link
