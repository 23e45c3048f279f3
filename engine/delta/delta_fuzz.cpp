// The delta decoder: for any patch it stays inside base and target, ends, and gives the same result
// in any pieces; a target that it accepts has the digest that the patch names.
//
// It also goes on at every restart point, with the target that came out or with zeros: it stays
// inside there too, and with the right bytes it makes the rest.
//
// Input: byte 0 chooses base and pieces; a patch follows. Base digest and sizes are made right, so
// that the fuzzer gets past the header.
#include <algorithm>
#include <vector>

#include "updraft/flash.hpp"

#include "engine/delta/decoder.hpp"
#include "sim/demo_image.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

constexpr std::uint64_t kLimit = 72 * 1024;      // one restart point and what comes after it
constexpr std::uint64_t kWholeLimit = 8 * 1024;  // of a patch without: small ones are tried faster

struct Memory final : delta::Ends {
  explicit Memory(Bytes image) : base(image) {}
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    check(inside(offset, out.size(), base.size()), "base reads stay inside");
    std::copy_n(base.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> take(Bytes made) override {
    check(!made.empty(), "a piece carries something");
    target.insert(target.end(), made.begin(), made.end());
    check(target.size() <= kLimit, "no more than the limit comes out");
    return {};
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    check(inside(offset, out.size(), target.size()), "target reads stay inside what was made");
    std::copy_n(target.begin() + offset, out.size(), out.begin());
    return {};
  }
  Bytes base;
  std::vector<std::byte> target;
};

std::uint64_t limit_of(Bytes patch) { return load_u8(patch, 7) == 0 ? kWholeLimit : kLimit; }

struct Outcome {
  Result<> result;
  std::vector<std::byte> target;
};

Outcome apply(Bytes base, Bytes patch, std::size_t piece) {
  static delta::Decoder<> decoder;
  Memory memory(base);
  decoder.reset(memory, static_cast<std::uint32_t>(base.size()), limit_of(patch));
  Result<> result;
  while (result && !patch.empty()) {
    const Bytes part = patch.first(std::min(piece, patch.size()));
    result = decoder.push(part);
    patch = patch.subspan(part.size());
  }
  if (result) result = decoder.finish();
  return {result, std::move(memory.target)};
}

// Skips to each restart point; what is passed over is left out.
Outcome go_on(Bytes base, Bytes patch, std::size_t piece, Bytes had) {
  static delta::Decoder<> decoder;
  Memory memory(base);
  decoder.reset(memory, static_cast<std::uint32_t>(base.size()), limit_of(patch));
  Result<> result;
  for (std::size_t at = 0; result && at < patch.size();) {
    const Bytes part = patch.subspan(at, std::min(piece, patch.size() - at));
    result = decoder.push(part);
    at += part.size();
    while (const std::uint32_t to = result ? decoder.next_restart() : 0) {
      if (result = decoder.flush(); !result) break;
      const Bytes some = had.subspan(decoder.made(), to - decoder.made());
      memory.target.insert(memory.target.end(), some.begin(), some.end());
      if (result = decoder.skip(some); !result) break;
      check(decoder.made() == to, "it stands at the restart point");
    }
    const std::uint32_t idle = result ? decoder.passed_over() : 0;
    decoder.leave_out(idle);
    at += idle;
  }
  if (result) result = decoder.finish();
  return {result, std::move(memory.target)};
}

// Two small images of each instruction set, and bytes that are no image.
const std::vector<std::byte>& base_of(unsigned choice) {
  static const std::vector<std::byte> bases[] = {
      sim::make_image({.size = 2048}),
      sim::make_image({.chip = format::find_chip("esp32"), .size = 2048}),
      sim::make_image({.chip = format::find_chip("esp32c6"), .size = 2048}),
      std::vector<std::byte>(300, std::byte{0x5A}),
  };
  return bases[choice % std::size(bases)];
}

void run(Bytes input) {
  if (input.size() < 1 + delta::kHeaderBytes) return;
  const unsigned choice = load_u8(input, 0);
  const std::vector<std::byte>& base = base_of(choice);
  std::vector<std::byte> patch(input.begin() + 1, input.end());
  store_le32(patch, 8, static_cast<std::uint32_t>(base.size()));
  const auto digest = crypto::sha256(base);
  std::copy_n(digest.begin(), 8, patch.begin() + 16);

  const Outcome whole = apply(base, patch, patch.size());
  const Outcome pieces = apply(base, patch, 1 + choice / 4);
  check(whole.result.has_value() == pieces.result.has_value(), "the verdict is the same in pieces");
  if (load_u8(patch, 7) == 0 && !whole.result) return;
  std::vector<std::byte> had = whole.target;
  had.resize(kLimit);
  const Outcome later = go_on(base, patch, 1 + choice, had);
  if (!whole.result) return;
  check(later.result.has_value(), "with the right bytes it goes on");
  check(later.target == whole.target, "and makes the rest");
  const Result<delta::Header> header = delta::parse_header(patch);
  check(header.has_value(), "an accepted patch has a header");
  check(whole.target == pieces.target, "the target does not depend on the pieces");
  check(whole.target.size() == header->target_size, "the target has its size");
  check(crypto::sha256(whole.target) == header->target_digest, "the target has its digest");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
