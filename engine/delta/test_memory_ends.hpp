// A base and a target in memory, for a decoder.
#pragma once
#include <vector>

#include "updraft/flash.hpp"

#include "engine/delta/decoder.hpp"

namespace updraft::delta {

class MemoryEnds final : public Ends {
 public:
  explicit MemoryEnds(Bytes old_image) : base(old_image.begin(), old_image.end()) {}
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), base.size())) return fail(Code::flash, Where::slot, offset);
    std::copy_n(base.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> take(Bytes made) override {
    target.insert(target.end(), made.begin(), made.end());
    return {};
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), target.size())) return fail(Code::flash, Where::slot, offset);
    std::copy_n(target.begin() + offset, out.size(), out.begin());
    return {};
  }

  std::vector<std::byte> base, target;
};

struct Applied {
  Result<> result;
  std::vector<std::byte> target;
};

// The whole patch in pieces of `step` bytes.
template <class Limits = DefaultLimits>
Applied apply_patch(Bytes base, Bytes patch, std::size_t step = SIZE_MAX,
                    std::uint64_t limit = UINT32_MAX) {
  static Decoder<Limits> decoder;
  MemoryEnds ends(base);
  decoder.reset(ends, static_cast<std::uint32_t>(base.size()), limit);
  Result<> result;
  while (result && !patch.empty()) {
    const Bytes part = patch.first(std::min(step, patch.size()));
    result = decoder.push(part);
    patch = patch.subspan(part.size());
  }
  if (result) result = decoder.finish();
  return {result, std::move(ends.target)};
}

}  // namespace updraft::delta
