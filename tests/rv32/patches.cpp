// A patch applied on the emulated machine: tools/footprint puts base, patch and target into its
// RAM, and records the numbers that it prints.
//
// Hashing is measured by itself and taken out: the chip has hardware.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "tests/rv32/machine.hpp"
#include "tests/rv32/outside.hpp"

namespace updraft::rv32 {
namespace {

const Bytes base = input(0), patch = input(1), target = input(2);

// The two images. The output is compared with the target, and later reads come from the target.
struct Images final : delta::Ends {
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    std::copy_n(base.begin() + offset, out.size(), out.begin());
    base_reads += out.size();
    return {};
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    std::copy_n(target.begin() + offset, out.size(), out.begin());
    target_reads += out.size();
    return {};
  }
  Result<> take(Bytes made) override {
    if (made_bytes + made.size() > target.size()) std::exit(1);
    if (!std::equal(made.begin(), made.end(), target.begin() + made_bytes)) std::exit(1);
    made_bytes += static_cast<std::ptrdiff_t>(made.size());
    return {};
  }
  std::ptrdiff_t made_bytes = 0;
  std::size_t base_reads = 0, target_reads = 0;
};

Images images;
delta::Decoder<> decoder;
Result<> outcome;

void apply() {
  constexpr std::size_t kSegment = 1436;
  decoder.reset(images, static_cast<std::uint32_t>(base.size()), UINT32_MAX);
  for (Bytes rest = patch; outcome && !rest.empty();) {
    const Bytes segment = at_most(rest, kSegment);
    outcome = decoder.push(segment);
    rest = rest.subspan(segment.size());
  }
  if (outcome) outcome = decoder.finish();
}

// The base once; the target twice, for its own digest and for the patch's.
std::uint64_t hashing() {
  const std::uint64_t before = instructions();
  for (const Bytes bytes : {base, target, target}) (void)crypto::sha256(bytes);
  return instructions() - before;
}

int run() {
  const std::uint64_t hashed = hashing();
  const std::size_t heap_before = allocations();
  const std::uint64_t before = instructions();
  const std::size_t stack = run_on_task_stack(apply);
  const std::uint64_t spent = instructions() - before;
  if (!outcome || images.made_bytes != static_cast<std::ptrdiff_t>(target.size())) return 1;
  if (allocations() != heap_before) return 1;
  number("patch_bytes", patch.size());
  number("target_bytes", target.size());
  number("instructions", spent - hashed);
  number("stack", stack);
  number("base_reads", images.base_reads);
  number("target_reads", images.target_reads);
  number("sizeof_patch_stage", sizeof(pipeline::PatchStage));
  number("sizeof_tight_patch_stage", sizeof(pipeline::TightPatchStage));
  number("sizeof_esp_patch_stage", sizeof(pipeline::EspPatchStage));
  return 0;
}

}  // namespace
}  // namespace updraft::rv32

int main() { return updraft::rv32::run(); }
