// Patches that say what cannot be, coded as a good encoder would code it: each has its refusal, and
// makes nothing (spec/delta.md sections 4 and 5). What the plain header may say: decoder_test.cpp.
#include <functional>
#include <memory>
#include <optional>

#include <gtest/gtest.h>

#include "engine/delta/codec.hpp"
#include "host/delta/diff.hpp"
#include "host/delta/image_bytes.hpp"
#include "host/delta/image_model.hpp"
#include "host/delta/range_encoder.hpp"
#include "sim/demo_image.hpp"

namespace updraft::diff {
namespace {

using Buffer = std::vector<std::byte>;
using delta::CodedOperation;
using delta::MapEntry;
using delta::Segment;

// What a liar says; it starts as the truth.
struct Lies {
  Buffer target;  // its head is what the codec is told
  std::vector<Segment> segments;
  std::vector<MapEntry> map;
  std::vector<CodedOperation> operations;
  std::uint32_t operation_count = 0;
};

class LiarsEnd {
 public:
  using Coder = RangeEncoder;
  struct PlanView {
    const Lies* lies = nullptr;
    Segment segment(std::uint32_t i) const {
      return i < lies->segments.size() ? lies->segments[i] : Segment{.size = 16};
    }
    delta::AddressPair global_pointer() const { return {}; }
    delta::AddressPair frame_header() const { return {}; }
    std::uint32_t map_count() const { return static_cast<std::uint32_t>(lies->map.size()); }
    MapEntry map_entry(std::uint32_t i) const { return lies->map[i]; }
    std::uint32_t operation_count() const { return lies->operation_count; }
    CodedOperation operation(std::uint32_t i) const {
      return i < lies->operations.size() ? lies->operations[i] : CodedOperation{.size = 1};
    }
  };
  LiarsEnd(const Lies& lies, Bytes base) : base_{base}, target_{lies.target} { plan.lies = &lies; }

  Coder& coder() { return coder_; }
  std::uint32_t base_size() const { return UINT32_MAX; }  // the encoder itself does not stop
  std::uint32_t base_bytes(std::uint32_t at, std::uint32_t size) const {
    return base_.base_bytes(at, size);
  }
  std::uint32_t produced_word(std::uint32_t at) const { return target_.base_bytes(at, 4); }
  std::uint32_t known_byte(std::uint32_t at) const { return target_.base_bytes(at, 1); }
  std::uint32_t wanted(std::uint32_t at, std::uint32_t size) const {
    return target_.base_bytes(at, size);
  }
  void put(std::uint32_t, std::uint32_t, std::uint32_t) {}
  void on_learn(const delta::Unit&, std::uint32_t) {}

  PlanView plan;

 private:
  Coder coder_;
  ImageBytes base_, target_;
};

Buffer patch_of(const Lies& lies, Bytes base, bool image) {
  delta::Header header;
  header.image = image;
  header.base_size = static_cast<std::uint32_t>(base.size());
  header.target_size = static_cast<std::uint32_t>(lies.target.size());
  const auto digest = crypto::sha256(base);
  std::copy_n(digest.begin(), header.base_digest.size(), header.base_digest.begin());
  header.target_digest = crypto::sha256(lies.target);
  LiarsEnd end(lies, base);
  const auto codec = std::make_unique<delta::Codec<LiarsEnd, EncoderLimits>>(end);
  EXPECT_TRUE(codec->start(header));
  codec->start_chunk(0, header.target_size);
  for (Result<delta::Step> step = delta::Step::more; step && *step == delta::Step::more;) {
    step = codec->step();
  }
  const Buffer chunk = end.coder().finish();
  const auto head = delta::make_header(header);
  Buffer patch(head.begin(), head.end());
  for (unsigned i = 0; i < 3; ++i) {
    patch.push_back(static_cast<std::byte>(chunk.size() >> 8 * i & 255));
  }
  patch.insert(patch.end(), chunk.begin(), chunk.end());
  return patch;
}

struct Row {
  const char* said;
  std::optional<Code> refused;
  std::function<void(Lies&)> lie;
};

constexpr std::uint32_t kArea = 16u << 20, kTooFar = 8u << 20;  // of an address map

const Row kImages[] = {
    {"the truth", std::nullopt, [](Lies&) {}},
    {"another chip", Code::wrong_chip, [](Lies& l) { l.target[12] = std::byte{5}; }},
    {"no segments", Code::malformed, [](Lies& l) { l.target[1] = std::byte{0}; }},
    {"17 segments", Code::malformed, [](Lies& l) { l.target[1] = std::byte{17}; }},
    {"a segment that ends beyond the target", Code::malformed,
     [](Lies& l) { l.segments[0].size += 1u << 20; }},
    {"a segment whose end has no number", Code::malformed,
     [](Lies& l) { l.segments[0].size = UINT32_MAX; }},
    {"segments that leave no room for checksum and digest", Code::malformed,
     [](Lies& l) { l.segments.back().size += 40; }},
    {"1025 map entries", Code::malformed,
     [](Lies& l) {
       for (std::uint32_t i = 0; i < 1025; ++i) l.map.push_back({0x3F40'0000 + i, 4});
     }},
    {"a map that does not rise", Code::malformed,
     [](Lies& l) { l.map = {{0x3F40'0000, 4}, {0x3F40'0000, 8}}; }},
    {"a distance of 8 MiB", Code::alg_unsupported,
     [](Lies& l) { l.map = {{0x3F40'0000, kTooFar}}; }},
    {"a map of nine areas", Code::alg_unsupported,
     [](Lies& l) {
       for (std::uint32_t i = 1; i <= 9; ++i) l.map.push_back({i * kArea, 4});
     }},
};

const Row kOperations[] = {
    {"the truth", std::nullopt, [](Lies&) {}},
    {"more operations than bytes", Code::malformed, [](Lies& l) { l.operation_count = 301; }},
    {"4 Gi operations", Code::malformed, [](Lies& l) { l.operation_count = UINT32_MAX; }},
    {"a copy of nothing", Code::malformed, [](Lies& l) { l.operations[0].size = 0; }},
    {"a copy beyond the end of the base", Code::malformed,
     [](Lies& l) { l.operations[0].source = 201; }},
    {"a copy whose end has no number", Code::malformed,
     [](Lies& l) { l.operations[0].source = UINT32_MAX; }},
    {"a copy beyond the end of the target", Code::malformed,
     [](Lies& l) { l.operations[0].size = 301; }},
    {"literals beyond the end of the target", Code::malformed,
     [](Lies& l) { l.operations[0].literals = 201; }},
    {"literals whose end has no number", Code::malformed,
     [](Lies& l) { l.operations[0].literals = UINT32_MAX; }},
    {"two copies, of which the second ends too late", Code::malformed,
     [](Lies& l) {
       l.operation_count = 2;
       l.operations.push_back({.source = 0, .size = 201});
     }},
    {"a map, though these are no images", Code::malformed, [](Lies& l) { l.map = {{16, 4}}; }},
};

void expect_refusals(std::span<const Row> rows, const Lies& truth, Bytes base, bool image) {
  for (const Row& row : rows) {
    Lies lies = truth;
    row.lie(lies);
    const auto made = apply_patch(base, patch_of(lies, base, image));
    EXPECT_EQ(made ? std::nullopt : std::optional(made.error().code), row.refused) << row.said;
  }
}

TEST(Hostile, Images) {
  const Buffer base = sim::make_image({.chip = format::find_chip("esp32"), .size = 2048});
  const ParsedImage parsed = parse_image(base);
  Lies truth{.target = base, .segments = {}, .map = {}, .operations = {}};
  for (const Segment& segment : parsed.layout.segments()) truth.segments.push_back(segment);
  truth.operations = {{.source = 0, .size = static_cast<std::uint32_t>(base.size())}};
  truth.operation_count = 1;
  expect_refusals(kImages, truth, base, true);
}

TEST(Hostile, Operations) {
  const Buffer base(300, std::byte{0x5A});
  Lies truth{.target = base, .segments = {}, .map = {}, .operations = {}};
  truth.operations = {{.source = 0, .size = 100}};
  truth.operation_count = 1;
  expect_refusals(kOperations, truth, base, false);
}

}  // namespace
}  // namespace updraft::diff
