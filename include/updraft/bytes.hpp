// Bytes and the few things every format needs of them: loads and stores, alignment, text fields.
//
// All integers of the ESP32 formats are little-endian and may stand at any alignment; the loads
// here are the only way the library reads them. Callers check the bounds: `at + width <= b.size()`.
#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace updraft {

using Bytes = std::span<const std::byte>;
using MutableBytes = std::span<std::byte>;

constexpr std::uint8_t load_u8(Bytes b, std::size_t at) {
  return std::to_integer<std::uint8_t>(b[at]);
}
constexpr std::uint16_t load_le16(Bytes b, std::size_t at) {
  return static_cast<std::uint16_t>(load_u8(b, at) | (load_u8(b, at + 1) << 8));
}
constexpr std::uint32_t load_le32(Bytes b, std::size_t at) {
  return load_le16(b, at) | (static_cast<std::uint32_t>(load_le16(b, at + 2)) << 16);
}

constexpr std::uint32_t load_le24(Bytes b, std::size_t at) {
  return load_le16(b, at) | (static_cast<std::uint32_t>(load_u8(b, at + 2)) << 16);
}
constexpr void store_le16(MutableBytes b, std::size_t at, std::uint16_t value) {
  b[at] = static_cast<std::byte>(value & 0xff);
  b[at + 1] = static_cast<std::byte>(value >> 8);
}
constexpr void store_le32(MutableBytes b, std::size_t at, std::uint32_t value) {
  store_le16(b, at, static_cast<std::uint16_t>(value & 0xffff));
  store_le16(b, at + 2, static_cast<std::uint16_t>(value >> 16));
}

// Big-endian, for formats whose standard says so: all of a field of 1 to 8 bytes.
constexpr std::uint64_t load_be(Bytes field) {
  std::uint64_t value = 0;
  for (const std::byte b : field) value = value << 8 | std::to_integer<std::uint64_t>(b);
  return value;
}
constexpr void store_be(MutableBytes field, std::uint64_t value) {
  for (std::size_t i = field.size(); i-- > 0; value >>= 8) {
    field[i] = static_cast<std::byte>(value & 0xff);
  }
}

// Rounds up to a multiple of `unit` (a power of two). 64-bit, so that hostile lengths cannot wrap.
constexpr std::uint64_t align_up(std::uint64_t value, std::uint64_t unit) {
  return (value + unit - 1) & ~(unit - 1);
}

// The front of `b`, `most` bytes of it or all. `most` is 64-bit: lengths from outside may be larger
// than a 32-bit chip's memory.
constexpr Bytes at_most(Bytes b, std::uint64_t most) {
  return b.first(static_cast<std::size_t>(std::min<std::uint64_t>(b.size(), most)));
}

// Text as bytes, and bytes as text.
inline Bytes as_bytes(std::string_view text) {
  return std::as_bytes(std::span{text.data(), text.size()});
}
inline std::string_view as_text(Bytes bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// A text field of fixed size from outside (version, project name, label): at most N characters,
// ends at the first NUL or at N, not trusted to be printable. Copied by value, no heap.
template <std::size_t N>
class Text {
 public:
  constexpr Text() = default;
  // Takes the field's bytes; what lies after the first NUL is dropped.
  constexpr explicit Text(Bytes field) {
    for (std::size_t i = 0; i < std::min(N, field.size()); ++i) {
      if (field[i] == std::byte{0}) break;
      chars_[size_++] = static_cast<char>(std::to_integer<std::uint8_t>(field[i]));
    }
  }
  explicit Text(std::string_view text) : Text(as_bytes(text)) {}
  constexpr std::string_view view() const { return {chars_.data(), size_}; }
  constexpr bool empty() const { return size_ == 0; }
  friend constexpr bool operator==(const Text& a, const Text& b) { return a.view() == b.view(); }

 private:
  std::array<char, N> chars_{};
  std::size_t size_ = 0;
};

}  // namespace updraft
