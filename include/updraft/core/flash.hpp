// The one interface through which the library touches flash, and a checked window onto a part of
// it.
//
// NOR semantics (formats/esp32.md section 5.1): erase sets whole 4 KiB sectors to FF; program only
// clears bits, new = old & data. Offsets count from the start of the Flash object: a port hands out
// one object per partition (ESP-IDF: esp_partition; Linux: a window onto flash.bin).
#pragma once
#include <cstdint>

#include "updraft/core/bytes.hpp"
#include "updraft/core/result.hpp"

namespace updraft {

inline constexpr std::uint32_t kFlashPage = 256;         // largest single program operation
inline constexpr std::uint32_t kFlashSector = 4096;      // smallest erase
inline constexpr std::uint32_t kFlashBlock = 64 * 1024;  // the fastest erase per byte

// Errors: Code::flash for an operation that did not work or lies outside. After one, the content of
// the unit that was being changed is unknown. Not thread-safe; one task owns a Flash.
class Flash {
 public:
  virtual std::uint32_t size() const = 0;  // bytes, a multiple of kFlashSector
  virtual Result<> read(std::uint32_t offset, MutableBytes out) = 0;
  // Any offset and length; the driver splits at page borders.
  virtual Result<> program(std::uint32_t offset, Bytes data) = 0;
  // Both multiples of kFlashSector; the driver uses blocks where they fit.
  virtual Result<> erase(std::uint32_t offset, std::uint32_t length) = 0;

 protected:
  ~Flash() = default;  // owned by the port, never deleted through Flash
};

// True if [offset, offset + length) lies inside `size` bytes; safe against wrap.
constexpr bool inside(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

// [offset, offset + size) of another Flash: a partition of a chip. Refuses everything outside.
class FlashWindow final : public Flash {
 public:
  FlashWindow(Flash& whole, std::uint32_t offset, std::uint32_t size)
      : whole_(whole), offset_(offset), size_(size) {}
  std::uint32_t size() const override { return size_; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;

 private:
  Flash& whole_;
  std::uint32_t offset_;
  std::uint32_t size_;
};

}  // namespace updraft
