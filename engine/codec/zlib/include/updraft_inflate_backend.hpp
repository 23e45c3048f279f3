// zlib as the inflate backend. Its two allocations (state: 7 KiB on 64-bit, window: 32 KiB) are
// served from an arena in the object; reset() keeps both.
#pragma once
#include <array>
#include <cstddef>

#include <zlib.h>

namespace updraft::codec {
struct InflateState {
  z_stream stream{};
  std::size_t used = 0;  // of the arena
  alignas(std::max_align_t) std::array<std::byte, 40 * 1024> arena;
  std::array<std::byte, 4096> made;
};
}  // namespace updraft::codec
