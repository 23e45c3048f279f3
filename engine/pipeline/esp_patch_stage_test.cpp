#include "engine/pipeline/esp_patch_stage.hpp"

#include <gtest/gtest.h>

#include "engine/core/test_word.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/pipeline/esp_patch_samples.hpp"
#include "engine/pipeline/test_collector.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/ram_flash.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::pipeline {
namespace {

using samples::EspRecord;
using Buffer = std::vector<std::byte>;

// A slot whose first bytes are an image that is named by its appended hash.
class EspPatch : public testing::Test {
 protected:
  EspPatch() { std::copy(image.begin(), image.end(), base.bytes.begin()); }

  std::string apply(Bytes patch, std::size_t step = SIZE_MAX, std::uint64_t limit = 64 * 1024,
                    std::size_t padding = 0) {
    next = {};
    stage.reset(next, {.base = &base}, limit, padding);
    Result<> result;
    while (result && !patch.empty()) {
      const Bytes part = patch.first(std::min(step, patch.size()));
      result = stage.push(part);
      patch = patch.subspan(part.size());
    }
    if (result) result = stage.finish();
    return word(result);
  }
  Buffer patch_of(std::int64_t size, const std::vector<EspRecord>& records) {
    return samples::esp_patch(Bytes(image).last(32),
                              samples::esp_body(size, samples::esp_stream(records)));
  }

  Buffer image = sim::make_image({.size = 4096});
  fakes::RamFlash base{16 * 1024};
  EspPatchStage stage;
  Collector next;
};

// spec/esp32.md 7.6: its body, after a header of ours, over its base.
TEST_F(EspPatch, MakesWhatTheVectorSays) {
  Buffer diff(100), rest(50);
  diff[10] = std::byte{0xE4};
  const Bytes hello = as_bytes("HELLO");
  const Buffer stream =
      samples::esp_stream({{diff, Buffer(hello.begin(), hello.end()), 50}, {rest, {}, 0}});
  const Buffer body = samples::esp_body(155, stream);
  EXPECT_EQ(body.size(), 188u);
  EXPECT_EQ(golden::to_hex(crypto::sha256(body)),
            "d7b61a23e59be59dc6acbd5b1bda7c43abcb6b1628803ea01f9aacf2f29d14f4");

  // The vector's base is no image and has no name; make one of it where the name is looked for.
  for (std::size_t i = 0; i < 200; ++i) image[300 + i] = static_cast<std::byte>(i);
  std::copy(image.begin(), image.end(), base.bytes.begin());
  Buffer moved = stream;
  moved.insert(moved.begin() + 1, {std::byte{0}, std::byte{0}});  // a record that only skips
  const Buffer skip = samples::varint(300);
  moved.insert(moved.begin() + 3, skip.begin(), skip.end());
  EXPECT_EQ(apply(samples::esp_patch(Bytes(image).last(32), samples::esp_body(155, moved)), 1),
            "ok");
  EXPECT_EQ(golden::to_hex(crypto::sha256(next.bytes)),
            "43962b4fc1757fe96d3a2db466d47269f31c151128abf2b67d69e9608235ef9d");
  EXPECT_TRUE(next.finished);
}

// The original tool writes several records in a row that yield nothing.
TEST_F(EspPatch, TakesRecordsThatYieldNothing) {
  const struct {
    const char* patch;
    const char* target;  // SHA-256
  } rows[] = {
      {"esp_patch_1", "2040c3560971c1d25ca284365387fd3a8092da6b4acc7aaf0cb0067c85ca839f"},
      {"esp_patch_2", "e8f1afe797cedd1879d9f3a0c1ec52690f093596692c48997391fad7d8e8e2a8"},
      {"esp_patch_3", "1be570f36f5fdee3ce2a5dd0864ba80ff05c5275fd8df44009371daad0f17378"},
      {"esp_patch_4", "96fdc903ca5f830b2749b87f712da293db76094f3ca68dc715c51baba227319f"},
      {"esp_patch_5", "3d3504095a8c85e76da0c9f094f1e2e1216d843750d98c91098c421e1ba41dc4"},
  };
  image = golden::bytes("minimal_image_esp32c3");
  std::copy(image.begin(), image.end(), base.bytes.begin());
  for (const auto& row : rows) {
    const Buffer patch = golden::bytes(row.patch);
    for (const std::size_t step : {std::size_t{1}, patch.size()}) {
      EXPECT_EQ(apply(patch, step), "ok") << row.patch;
      EXPECT_EQ(golden::to_hex(crypto::sha256(next.bytes)), row.target) << row.patch;
    }
  }
}

TEST_F(EspPatch, TakesAnyNumberOfThem) {
  std::vector<EspRecord> records(1000, EspRecord{{}, {}, 1});
  records.push_back({Buffer(16), {}, 0});
  EXPECT_EQ(apply(patch_of(16, records)), "ok");
  EXPECT_TRUE(std::ranges::equal(next.bytes, Bytes(image).subspan(1000, 16)));
}

TEST_F(EspPatch, GoesBackAndForth) {
  const Buffer zeros(16);
  const Buffer patch = patch_of(32, {{zeros, {}, -32 + 16}, {zeros, {}, 5}});
  for (const std::size_t step : {std::size_t{1}, std::size_t{64}, patch.size()}) {
    EXPECT_EQ(apply(patch, step), "ok");
    EXPECT_TRUE(std::ranges::equal(Bytes(next.bytes).first(16), Bytes(image).first(16)));
    EXPECT_TRUE(std::ranges::equal(Bytes(next.bytes).subspan(16), Bytes(image).first(16)));
  }
}

TEST_F(EspPatch, CutAnywhereIsNoEnd) {
  const Buffer patch = patch_of(24, {{Buffer(16), Buffer(8), 0}});
  ASSERT_EQ(apply(patch), "ok");
  for (std::size_t cut = 0; cut + 3 < patch.size(); ++cut) {
    EXPECT_EQ(apply(Bytes(patch).first(cut)), "size_mismatch") << cut;
    EXPECT_FALSE(next.finished);
  }
}

TEST_F(EspPatch, RefusesWhatIsWrong) {
  const Buffer good = patch_of(16, {{Buffer(16), {}, 0}});
  const auto with = [&](std::size_t at, unsigned value) {
    Buffer bad = good;
    bad[at] = static_cast<std::byte>(value);
    return bad;
  };
  const auto stream_of = [&](const Buffer& stream) {
    return samples::esp_patch(Bytes(image).last(32), samples::esp_body(16, stream));
  };
  Buffer trailing = good;
  trailing.push_back(std::byte{0});
  const struct {
    const char* why;
    Buffer patch;
    const char* code;
  } rows[] = {
      {"another base", with(4, 0), "wrong_base"},
      {"a header that is not zero", with(40, 1), "malformed"},
      {"another kind of patch", with(64, 0x14), "alg_unsupported"},
      {"another compression", with(64, 0x01), "alg_unsupported"},
      {"another window", with(66, 0x54), "alg_unsupported"},
      {"nothing to make", with(65, 0), "malformed"},
      {"less than nothing", with(65, 0x41), "malformed"},
      {"a patch of data sections", stream_of({std::byte{1}}), "alg_unsupported"},
      {"more than announced", patch_of(16, {{Buffer(17), {}, 0}}), "malformed"},
      {"more literals than announced", patch_of(16, {{Buffer(9), Buffer(8), 0}}), "malformed"},
      {"a negative run", stream_of({std::byte{0}, std::byte{0x41}}), "malformed"},
      {"before the base", patch_of(16, {{{}, {}, -1}, {Buffer(16), {}, 0}}), "malformed"},
      {"after the base", patch_of(16, {{{}, {}, 16 * 1024 - 15}, {Buffer(16), {}, 0}}),
       "malformed"},
      {"a number without end", stream_of(Buffer(8, std::byte{0x80})), "malformed"},
      {"bytes after it", trailing, "malformed"},
      {"too large", patch_of(70'000, {}), "too_big"},
  };
  for (const auto& row : rows) {
    EXPECT_EQ(apply(row.patch), row.code) << row.why;
    EXPECT_EQ(apply(row.patch, 1), row.code) << row.why;
    EXPECT_FALSE(next.finished) << row.why;
  }
  EXPECT_EQ(apply(trailing, 1, 64 * 1024, 1), "ok") << "a link may fill up its last block";
}

TEST_F(EspPatch, AnImageWithoutAHashHasNoName) {
  image[23] = std::byte{0};
  std::copy(image.begin(), image.end(), base.bytes.begin());
  EXPECT_EQ(apply(patch_of(16, {{Buffer(16), {}, 0}})), "wrong_base");
}

}  // namespace
}  // namespace updraft::pipeline
