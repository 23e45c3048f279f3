// A type that can read the base: 1 to 4 bytes of it at an offset, as a little-endian integer.
// Offsets asked for lie inside a segment, or inside the base if the format's page says so; bytes
// beyond the base's end read as 0.
#pragma once
#include <concepts>
#include <cstdint>

namespace updraft::delta {

template <class T>
concept BaseReader = requires(T& base, std::uint32_t offset, std::uint32_t size) {
  { base.base_bytes(offset, size) } -> std::same_as<std::uint32_t>;
};

}  // namespace updraft::delta
