// EspPatchStage: for any patch it reads only inside the base, ends, makes no more than it
// announced, and gives the same result in any pieces. Records that yield nothing are bounded by the
// patch: its stream has at most 64 bytes for each byte of it, and each is taken once.
//
// Input: byte 0 chooses the pieces; a patch follows, whose header is made right.
#include <algorithm>
#include <vector>

#include "engine/pipeline/esp_patch_stage.hpp"
#include "sim/demo_image.hpp"
#include "tests/fuzz/stage_run.hpp"

namespace updraft::fuzz {
namespace {

constexpr std::uint64_t kLimit = 64 * 1024;

class BaseFlash final : public Flash {
 public:
  BaseFlash() : image(sim::make_image({.size = 2048})) { image.resize(4096, std::byte{0xFF}); }
  std::uint32_t size() const override { return static_cast<std::uint32_t>(image.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    check(inside(offset, out.size(), image.size()), "base reads stay inside");
    std::copy_n(image.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t, Bytes) override {
    check(false, "the base is never written");
    return {};
  }
  Result<> erase(std::uint32_t, std::uint32_t) override {
    check(false, "the base is never erased");
    return {};
  }
  std::vector<std::byte> image;
};

Outcome apply(Bytes patch, std::size_t piece) {
  static BaseFlash base;
  static pipeline::EspPatchStage stage;
  Collector next;
  stage.reset(next, {.base = &base}, kLimit, 0);
  return run_stage(stage, next, patch, piece, kLimit);
}

// The stream that the patch holds ends, and is no longer than its bytes allow.
void check_stream(Bytes compressed) {
  const std::size_t most = 64 * compressed.size();
  codec::Heatshrink stream;
  stream.reset();
  std::size_t size = 0;
  while (stream.next(compressed)) check(++size <= most, "each byte of the patch makes a few");
}

void run(Bytes input) {
  constexpr std::size_t kHeader = 64;
  if (input.size() < 1 + kHeader) return;
  std::vector<std::byte> patch(input.begin() + 1, input.end());
  std::fill_n(patch.begin(), kHeader, std::byte{0});
  store_le32(patch, 0, 0xFCCD'DE10);
  static const std::vector<std::byte> image = sim::make_image({.size = 2048});
  std::copy(image.end() - 32, image.end(), patch.begin() + 4);
  check_stream(Bytes(patch).subspan(kHeader));
  const Outcome whole = apply(patch, patch.size());
  const Outcome pieces = apply(patch, 1u + load_u8(input, 0));
  check(whole.result.has_value() == pieces.result.has_value(), "the verdict is the same in pieces");
  if (whole.result) check(whole.bytes == pieces.bytes, "and so is what comes out");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
