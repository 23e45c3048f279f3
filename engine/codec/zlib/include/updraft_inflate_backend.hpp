// zlib as the inflate backend. Its two allocations (state: 7 KiB on 64-bit, and the window) are
// served from the arena and what follows it.
#pragma once
#include <array>
#include <cstddef>

#include <zlib.h>

namespace updraft::codec {
struct InflateState {
  z_stream stream{};
  std::size_t used = 0;  // of the arena and the window behind it
  std::size_t size = 0;  // of both
  std::array<std::byte, 4096> made;
  alignas(std::max_align_t) std::array<std::byte, 8 * 1024> arena;
};
}  // namespace updraft::codec
