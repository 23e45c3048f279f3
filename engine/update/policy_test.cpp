#include "updraft/policy.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"

namespace updraft {
namespace {

std::vector<std::byte> bytes_of(const std::vector<int>& values) {
  std::vector<std::byte> bytes;
  for (const int value : values) bytes.push_back(static_cast<std::byte>(value));
  bytes.resize(kClassifyBytes);
  return bytes;
}

struct ClassRow {
  const char* name;
  std::vector<int> first;
  PayloadClass is;
};

class Classify : public testing::TestWithParam<ClassRow> {};

TEST_P(Classify, ByItsFirstBytes) {
  EXPECT_EQ(classify(bytes_of(GetParam().first)), GetParam().is);
}

INSTANTIATE_TEST_SUITE_P(
    Payloads, Classify,
    testing::Values(ClassRow{"image", {0xE9, 1}, PayloadClass::image},
                    ClassRow{"signed_package", {0xD8, 0x6B}, PayloadClass::signed_package},
                    ClassRow{"key_set", {0xD8, 0x62}, PayloadClass::key_set},
                    ClassRow{"encrypted", {0xCF, 0xB6, 0x88, 0x07}, PayloadClass::encrypted},
                    ClassRow{"almost_encrypted", {0xCF, 0xB6, 0x88, 0x08}, PayloadClass::unknown},
                    ClassRow{"own_delta", {'U', 'D', 'L', 'T'}, PayloadClass::delta},
                    ClassRow{"esp_delta", {0x10, 0xDE, 0xCD, 0xFC}, PayloadClass::delta},
                    ClassRow{"gzip", {0x1F, 0x8B}, PayloadClass::compressed},
                    ClassRow{"zlib_default", {0x78, 0x9C}, PayloadClass::compressed},
                    ClassRow{"zlib_best", {0x78, 0xDA}, PayloadClass::compressed},
                    ClassRow{"zlib_bad_check", {0x78, 0x9D}, PayloadClass::unknown},
                    ClassRow{"zlib_window_too_large", {0x88, 0x1C}, PayloadClass::unknown},
                    ClassRow{"web_page", {'<', 'h', 't', 'm', 'l'}, PayloadClass::web_page},
                    ClassRow{"zeros", {0}, PayloadClass::unknown}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Classify, NothingIsUnknown) { EXPECT_EQ(classify({}), PayloadClass::unknown); }

struct GateRow {
  const char* name;
  bool allowed, proved, link_encrypted;
  std::vector<int> first;
  std::string_view verdict;  // a trust or a code
};

class Gate : public testing::TestWithParam<GateRow> {};

TEST_P(Gate, Judges) {
  const GateRow& row = GetParam();
  Policy policy;
  if (row.allowed) policy.allow_unsigned(kRaw);
  Offer offer{.scheme = kRaw, .sender_proved = row.proved};
  offer.link_encrypted = row.link_encrypted;
  const Result<Trust> trust = judge(policy, offer, bytes_of(row.first));
  EXPECT_EQ(trust ? name(*trust) : name(trust.error().code), row.verdict);
}

INSTANTIATE_TEST_SUITE_P(
    Rows, Gate,
    testing::Values(
        GateRow{"image_by_default", false, false, false, {0xE9}, "unsigned"},
        GateRow{"image_allowed", true, false, false, {0xE9}, "unsigned"},
        GateRow{"image_from_proved_sender", false, true, false, {0xE9}, "sender"},
        GateRow{"link_key_is_no_proof", false, false, true, {0xE9}, "unsigned"},
        GateRow{"web_page", true, false, false, {'<'}, "not_an_image"},
        GateRow{"junk", true, false, false, {0x42}, "not_an_image"},
        GateRow{"before_a_bootloader", true, false, false, std::vector<int>(16, 0xFF),
                "not_an_app"},
        GateRow{"almost_erased",
                true,
                false,
                false,
                {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                 0xFF, 0xFE},
                "not_an_image"},
        GateRow{"erased_through_a_key", true, false, true, std::vector<int>(16, 0xFF), "wrong_key"},
        GateRow{"junk_through_a_key", true, false, true, {0x42}, "wrong_key"},
        GateRow{"junk_says_so_even_by_default", false, false, false, {0}, "not_an_image"},
        GateRow{"package", true, false, false, {0xD8, 0x6B}, "keyset_missing"},
        GateRow{"key_set", true, false, false, {0xD8, 0x62}, "keyset_missing"},
        GateRow{"container", true, false, false, {0xCF, 0xB6, 0x88, 7}, "wrong_key"},
        GateRow{"gzip", true, false, false, {0x1F, 0x8B}, "alg_unsupported"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Gate, RefusesUnsignedByDefaultAndNotByAccident) {
  // "unsigned" above is both a trust and a code: tell them apart here.
  Policy policy;
  const auto image = bytes_of({0xE9});
  EXPECT_FALSE(judge(policy, {.scheme = kRaw}, image).has_value());
  policy.allow_unsigned(kRaw);
  EXPECT_TRUE(judge(policy, {.scheme = kRaw}, image).has_value());
}

TEST(Gate, AllowingOneSchemeAllowsNoOther) {
  Policy policy;
  policy.allow_unsigned(kWs);
  for (const Scheme scheme : {Scheme(kRaw), Scheme(kReq), Scheme(kBundle), Scheme(kControl)}) {
    EXPECT_FALSE(judge(policy, {.scheme = scheme}, bytes_of({0xE9})).has_value());
    EXPECT_EQ(best_unproven_trust(policy, scheme), Trust::signed_image);
  }
  EXPECT_EQ(best_unproven_trust(policy, kWs), Trust::unsigned_image);
}

std::string in_container(const std::vector<std::byte>& first) {
  Policy policy;
  policy.allow_unsigned(kRaw);
  const Result<Trust> trust = judge(policy, {.scheme = kRaw}, first, {.layers = 1, .sealed = true});
  return word(trust);
}

// With a wrong key the content of a container is random; the first fields of an image are not.
TEST(Gate, KnowsWhatAWrongKeyMakesOfAnImage) {
  std::vector<std::byte> image = bytes_of({0xE9, 1, 2, 0x2F, 0, 0, 0, 0, 0xEE, 0, 0, 0, 5, 0});
  EXPECT_EQ(in_container(image), "ok");
  const struct {
    std::size_t at;
    int value;
    const char* verdict;
  } rows[] = {{0, 0xE8, "wrong_key"}, {0, '<', "wrong_key"}, {1, 0, "wrong_key"},
              {1, 16, "ok"},          {1, 17, "wrong_key"},  {2, 5, "ok"},
              {2, 6, "wrong_key"},    {12, 0xFF, "ok"},      {13, 1, "wrong_key"}};
  for (const auto& row : rows) {
    auto first = image;
    first[row.at] = static_cast<std::byte>(row.value);
    EXPECT_EQ(in_container(first), row.verdict) << row.at << ": " << row.value;
  }
  EXPECT_EQ(in_container({}), "wrong_key");
  EXPECT_EQ(in_container(bytes_of({0xCF, 0xB6, 0x88, 7})), "malformed") << "a container again";
}

TEST(Sentence, TellsAWebPageFromJunk) {
  const auto said = [](std::string_view first) {
    return sentence(judge({}, {}, as_bytes(first)).error());
  };
  EXPECT_NE(said("<html>"), said("\x42"));
}

}  // namespace
}  // namespace updraft
