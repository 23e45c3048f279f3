// The decoder against the format's own patches: whole, in pieces, cut, and with every bit flipped.
#include "engine/delta/decoder.hpp"

#include <gtest/gtest.h>

#include "engine/delta/test_memory_ends.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::delta {
namespace {

using Buffer = std::vector<std::byte>;

struct Sample {
  const char* name;
  Buffer base, patch, target;
};

Sample plain_sample() {
  Sample sample{.name = "plain", .base = Buffer(0x40), .patch = golden::bytes("delta_plain_patch")};
  for (std::size_t i = 0; i < sample.base.size(); ++i) sample.base[i] = static_cast<std::byte>(i);
  sample.target = sample.base;
  sample.target[0x14] = std::byte{0xEE};
  const Bytes hello = as_bytes("HELLO");
  sample.target.insert(sample.target.begin() + 0x28, hello.begin(), hello.end());
  return sample;
}
Sample image_sample(const char* name) {
  const std::string stem = std::string("delta_") + name;
  return {name, golden::bytes(stem + "_base"), golden::bytes(stem + "_patch"),
          golden::bytes(stem + "_target")};
}
std::vector<Sample> samples() {
  return {plain_sample(), image_sample("esp32c3"), image_sample("esp32")};
}

std::string_view code_of(const Applied& applied) {
  return applied.result ? "ok" : name(applied.result.error().code);
}

TEST(DeltaDecoder, MakesTheTargetWhateverThePieces) {
  for (const Sample& s : samples()) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, s.patch.size()}) {
      const Applied applied = apply_patch(s.base, s.patch, step);
      EXPECT_EQ(code_of(applied), "ok") << s.name;
      EXPECT_EQ(golden::to_hex(applied.target), golden::to_hex(s.target)) << s.name;
    }
  }
}

TEST(DeltaDecoder, CutAnywhereIsNoEnd) {
  for (const Sample& s : samples()) {
    for (std::size_t cut = 0; cut < s.patch.size(); ++cut) {
      EXPECT_EQ(code_of(apply_patch(s.base, Bytes(s.patch).first(cut), 5)), "size_mismatch")
          << s.name << " " << cut;
    }
  }
}

TEST(DeltaDecoder, AWrongTargetIsNeverAccepted) {
  for (const Sample& s : samples()) {
    for (std::size_t bit = 0; bit < 8 * s.patch.size(); ++bit) {
      Buffer patch = s.patch;
      patch[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      const Applied applied = apply_patch(s.base, patch, 64, 64 * 1024);
      if (applied.result) {
        EXPECT_EQ(applied.target, s.target) << s.name << " " << bit;
      }
    }
  }
}

TEST(DeltaDecoder, AnotherBaseIsRefusedBeforeTheFirstByte) {
  for (const Sample& s : samples()) {
    for (std::size_t bit = 0; bit < 8 * s.base.size(); ++bit) {
      Buffer base = s.base;
      base[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      const Applied applied = apply_patch(base, s.patch);
      ASSERT_EQ(code_of(applied), "wrong_base") << s.name << " " << bit;
      ASSERT_TRUE(applied.target.empty());
    }
    EXPECT_EQ(code_of(apply_patch(Bytes(s.base).first(s.base.size() - 1), s.patch)), "wrong_base");
    Buffer longer = s.base;
    longer.resize(longer.size() + 100, std::byte{0xFF});
    EXPECT_EQ(code_of(apply_patch(longer, s.patch)), "ok") << "a slot is larger than its image";
  }
}

TEST(DeltaDecoder, RefusesWhatItCannotDo) {
  const Sample s = plain_sample();
  const struct {
    const char* why;
    std::size_t at;
    unsigned value;
    const char* code;
  } rows[] = {
      {"another magic", 0, 0x56, "malformed"},
      {"version 1", 4, 1, "alg_unsupported"},
      {"a later version", 4, 3, "alg_unsupported"},
      {"call0 code in plain mode", 5, 0x10, "malformed"},
      {"a reserved bit", 5, 0x20, "malformed"},
      {"another reserved bit", 5, 0x40, "malformed"},
      {"8192 slots", 5, 0x01, "alg_unsupported"},
      {"128 dictionary entries", 5, 0x04, "alg_unsupported"},
      {"no look-ahead", 6, 0, "malformed"},
      {"more look-ahead than there is", 6, 33, "alg_unsupported"},
      {"more than the format knows", 6, 65, "malformed"},
      {"restart below 64 KiB", 7, 5, "malformed"},
      {"restart above 16 MiB", 7, 15, "malformed"},
      {"a plain base as an image", 5, 0x80, "wrong_base"},
      {"a larger base", 10, 1, "wrong_base"},
      {"a target of 1 MiB more", 14, 0x10, "too_big"},
      {"no target", 12, 0, "malformed"},
      {"a chunk of nothing", 56, 4, "malformed"},
      {"another first byte", 59, 1, "malformed"},
  };
  for (const auto& row : rows) {
    Buffer patch = s.patch;
    patch[row.at] = static_cast<std::byte>(row.value);
    const Applied applied = apply_patch(s.base, patch, 1, 64 * 1024);
    EXPECT_EQ(code_of(applied), row.code) << row.why;
    EXPECT_TRUE(applied.target.empty()) << row.why;
  }
}

TEST(DeltaDecoder, AnotherVersionIsSaidToBeOne) {
  Sample s = plain_sample();
  s.patch[4] = std::byte{1};
  const Result<> result = apply_patch(s.base, s.patch).result;
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().reason, Reason::delta_version);
  EXPECT_EQ(
      sentence(result.error()),
      "The patch is of another version of the format; make it again with a matching updraft.");
}

TEST(DeltaDecoder, NothingMayFollowThePatch) {
  for (const Sample& s : samples()) {
    Buffer patch = s.patch;
    patch.push_back(std::byte{0});
    EXPECT_EQ(code_of(apply_patch(s.base, patch)), "malformed");
    EXPECT_EQ(code_of(apply_patch(s.base, patch, 1)), "malformed");
  }
}

TEST(DeltaDecoder, TheTargetFitsTheLimit) {
  const Sample s = image_sample("esp32");
  EXPECT_EQ(code_of(apply_patch(s.base, s.patch, SIZE_MAX, s.target.size())), "ok");
  EXPECT_EQ(code_of(apply_patch(s.base, s.patch, SIZE_MAX, s.target.size() - 1)), "too_big");
}

TEST(DeltaDecoder, FitsItsMemory) {
  EXPECT_LE(sizeof(Decoder<DefaultLimits>), 32u * 1024);
  EXPECT_LE(sizeof(Decoder<TightLimits>), 29u * 1024);
}

}  // namespace
}  // namespace updraft::delta
