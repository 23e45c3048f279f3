#include "protocols/link/link_cipher.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/fakes/raw_samples.hpp"

namespace updraft::link {
namespace {

using crypto::AesMode;
using samples::hex;
using std::string;

const string kDigits64 = "00ff102030405060708090a0b0c0d0e0f0112233445566778899AABBCCDDEEFF";
const string kDigits32 = "000102030405060708090a0b0c0d0e0f";

struct Good {
  const char* name;
  AesMode mode;
  string key, iv;
  string key_hex, iv_hex;  // what they mean
  bool cut = false;
};

class LinkCipherText : public testing::TestWithParam<Good> {};

TEST_P(LinkCipherText, MeansTheseBytes) {
  const Good& row = GetParam();
  const Result<LinkCipher> cipher = link_cipher(row.mode, row.key, row.iv);
  ASSERT_TRUE(cipher);
  EXPECT_EQ(cipher->mode, row.mode);
  EXPECT_TRUE(crypto::ct_equal(cipher->key.reveal(), hex(row.key_hex)));
  EXPECT_TRUE(crypto::ct_equal(cipher->iv.reveal(), hex(row.iv_hex)));
  EXPECT_EQ(cipher->key_cut, row.cut);
}

const string kNoIv(32, '0');
const string kAsciiIv = "30313233343536373839303132333435";
const string kAsciiKey = "3132333435363738393031323334353637383930313233343536373839303132";
const string k32Letters(32, 'k');
const string k32LettersHex = "6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b6b";

INSTANTIATE_TEST_SUITE_P(
    Rows, LinkCipherText,
    testing::Values(Good{"ecb_short_key_is_filled_with_zeros", AesMode::ecb, "1234567890", "",
                         "31323334353637383930" + string(44, '0'), kNoIv},
                    Good{"ecb_one_character", AesMode::ecb, "k", "", "6b" + string(62, '0'), kNoIv},
                    Good{"ecb_32_characters", AesMode::ecb, k32Letters, "", k32LettersHex, kNoIv},
                    Good{"ecb_33_characters_are_cut", AesMode::ecb, k32Letters + "!", "",
                         k32LettersHex, kNoIv, true},
                    Good{"ecb_64_letters_are_cut", AesMode::ecb, k32Letters + k32Letters, "",
                         k32LettersHex, kNoIv, true},
                    Good{"ecb_64_hex_digits", AesMode::ecb, kDigits64, "", kDigits64, kNoIv},
                    Good{"ecb_64_hex_digits_as_text_are_cut", AesMode::ecb, "text:" + kDigits64, "",
                         "3030666631303230333034303530363037303830393061306230633064306530", kNoIv,
                         true},
                    Good{"ecb_62_hex_digits_are_text", AesMode::ecb, kDigits64.substr(0, 62), "",
                         "3030666631303230333034303530363037303830393061306230633064306530", kNoIv,
                         true},
                    Good{"ecb_key_that_starts_like_a_prefix", AesMode::ecb, "text:hex:", "",
                         "6865783a" + string(56, '0'), kNoIv},
                    Good{"cbc_ascii", AesMode::cbc, string(samples::kCbcKey),
                         string(samples::kCbcIv), kAsciiKey, kAsciiIv},
                    Good{"cbc_hex", AesMode::cbc, kDigits64, kDigits32, kDigits64, kDigits32},
                    Good{"cbc_forced_hex", AesMode::cbc, "hex:" + kDigits64, "hex:" + kDigits32,
                         kDigits64, kDigits32},
                    Good{"cbc_digits_of_text_length_are_text", AesMode::cbc,
                         string(samples::kCbcKey), "0123456789012345", kAsciiKey, kAsciiIv},
                    Good{"cbc_forced_text", AesMode::cbc, "text:" + string(samples::kCbcKey),
                         "text:" + string(samples::kCbcIv), kAsciiKey, kAsciiIv}),
    [](const auto& row) { return string(row.param.name); });

struct Bad {
  const char* name;
  AesMode mode;
  string key, iv;
  std::uint64_t found, expected;
};

class LinkCipherRefuses : public testing::TestWithParam<Bad> {};

// Never "encryption off", as the original does with a length it does not like.
TEST_P(LinkCipherRefuses, WithTheLengths) {
  const Bad& row = GetParam();
  const Result<LinkCipher> cipher = link_cipher(row.mode, row.key, row.iv);
  ASSERT_FALSE(cipher);
  EXPECT_EQ(cipher.error(), (Error{Code::wrong_key, Where::link, row.found, row.expected}));
}

const string kGoodKey(samples::kCbcKey);
const string kGoodIv(samples::kCbcIv);

INSTANTIATE_TEST_SUITE_P(
    Rows, LinkCipherRefuses,
    testing::Values(
        Bad{"ecb_empty", AesMode::ecb, "", "", 0, 32},
        Bad{"ecb_empty_text", AesMode::ecb, "text:", "", 0, 32},
        Bad{"ecb_with_iv", AesMode::ecb, "key", kGoodIv, 16, 0},
        Bad{"ecb_short_hex", AesMode::ecb, "hex:" + kDigits32, "", 16, 32},
        Bad{"cbc_empty", AesMode::cbc, "", kGoodIv, 0, 32},
        Bad{"cbc_31", AesMode::cbc, kGoodKey.substr(1), kGoodIv, 31, 32},
        Bad{"cbc_33", AesMode::cbc, kGoodKey + "3", kGoodIv, 33, 32},
        Bad{"cbc_no_iv", AesMode::cbc, kGoodKey, "", 0, 16},
        Bad{"cbc_iv_15", AesMode::cbc, kGoodKey, kGoodIv.substr(1), 15, 16},
        Bad{"cbc_iv_17", AesMode::cbc, kGoodKey, kGoodIv + "6", 17, 16},
        Bad{"cbc_63_hex_digits", AesMode::cbc, kDigits64.substr(1), kGoodIv, 63, 32},
        Bad{"cbc_64_hex_digits_as_text", AesMode::cbc, "text:" + kDigits64, kGoodIv, 64, 32},
        Bad{"hex_one_digit_short", AesMode::cbc, "hex:" + kDigits64.substr(1), kGoodIv, 31, 32},
        Bad{"hex_one_digit_long", AesMode::cbc, "hex:" + kDigits64 + "0", kGoodIv, 33, 32},
        Bad{"hex_with_a_letter", AesMode::cbc, "hex:0g" + kDigits64.substr(2), kGoodIv, 0, 32},
        Bad{"hex_of_ascii_iv", AesMode::cbc, kGoodKey, "hex:" + kGoodIv, 8, 16}),
    [](const auto& row) { return string(row.param.name); });

}  // namespace
}  // namespace updraft::link
