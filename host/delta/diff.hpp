// Makes and applies patches on a desk (spec/delta.md).
#pragma once
#include <functional>
#include <string_view>
#include <vector>

#include "engine/delta/header.hpp"
#include "host/delta/encoder_run.hpp"

namespace updraft::diff {

// `fast` takes a third of the time, and its patches are 0.2 % larger.
enum class Effort : std::uint8_t { fast, thorough };

struct Options {
  Effort effort = Effort::thorough;
  std::uint32_t restart = 0;      // R: a power of two from 64 KiB to 16 MiB; 0: no restart points
  std::size_t restart_above = 0;  // bytes of a patch below which it has none all the same
  // Told what is being done and how much of the whole is, 0 to 1.
  std::function<void(std::string_view what, double done)> progress;
};

// No chip maps a larger app (spec/esp32.md), so no device has a slot for more; a patch of
// a few bytes may claim gigabytes.
inline constexpr std::uint32_t kMostTarget = 16 * 1024 * 1024;

struct Patch {
  std::vector<std::byte> bytes;
  delta::Header header;
  Shares shares;
  std::size_t operations = 0, map_entries = 0;
};

// The same images give the same patch. It was applied and compared before it is returned. Throws
// std::length_error for a new image above kMostTarget, std::logic_error if the patch does not
// reproduce.
Patch make_patch(Bytes old_image, Bytes new_image, const Options& options = {});

// The decoder of the device, on memory. Errors: its own; too_big (above kMostTarget).
Result<std::vector<std::byte>> apply_patch(Bytes old_image, Bytes patch);

}  // namespace updraft::diff
