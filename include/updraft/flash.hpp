// The one interface through which the library touches flash, and a checked window onto a part of
// it.
//
// NOR semantics (spec/esp32.md section 5.1): erase sets whole 4 KiB sectors to FF; program only
// clears bits, new = old & data. Flash encryption stands between the cells and what is read.
// Offsets count from the start of the Flash object: a port hands out one object per partition
// (ESP-IDF: esp_partition; Linux: a window onto flash.bin).
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft {

inline constexpr std::uint32_t kFlashPage = 256;             // largest single program operation
inline constexpr std::uint32_t kFlashSector = 4096;          // smallest erase
inline constexpr std::uint32_t kFlashHalfBlock = 32 * 1024;  // not every driver has this erase
inline constexpr std::uint32_t kFlashBlock = 64 * 1024;      // the fastest erase per byte

// How long the operations of a part take, in microseconds: a writer plans its erases by them. Only
// the ratios matter, so the typical times of a data sheet will do; 0: there is no such erase.
// The default fits most parts (spec/esp32.md 5.2), on a driver without 32 KiB erases.
struct FlashTimes {
  std::uint32_t program_page = 450;
  std::uint32_t erase_sector = 45'000;
  std::uint32_t erase_half_block = 0;
  std::uint32_t erase_block = 150'000;
  friend bool operator==(const FlashTimes&, const FlashTimes&) = default;
};

// Errors: Code::flash for an operation that did not work or lies outside. After one, the content of
// the unit that was being changed is unknown. Not thread-safe; one task owns a Flash.
class Flash {
 public:
  virtual std::uint32_t size() const = 0;  // bytes, a multiple of kFlashSector
  virtual Result<> read(std::uint32_t offset, MutableBytes out) = 0;
  // Any offset and length; the driver splits at page borders.
  virtual Result<> program(std::uint32_t offset, Bytes data) = 0;
  // Both multiples of kFlashSector; the driver uses blocks if they fit. A length that is one
  // erase unit, at a multiple of itself, is one operation.
  virtual Result<> erase(std::uint32_t offset, std::uint32_t length) = 0;

  // Whether an erase makes all read as FF. Through flash encryption it does not: there FF has to be
  // programmed like anything else, and nothing fits over what was programmed before.
  virtual bool erased_reads_blank() const { return true; }

  virtual FlashTimes times() const { return {}; }
  // The library calls this between any two operations that may take long (an erase, a page program)
  // and during long reads: here a port lets other tasks run, feeds its watchdog, or does nothing.
  virtual void yield() {}

 protected:
  ~Flash() = default;  // owned by the port, never deleted through Flash
};

// Reads as erased flash does: nothing but FF. A cell whose erase was cut short may read so, too.
constexpr bool is_erased(Bytes bytes) {
  return std::ranges::all_of(bytes, [](std::byte b) { return b == std::byte{0xFF}; });
}

// True if erased cells of this flash read so, and others do not.
inline bool is_blank(const Flash& flash, Bytes bytes) {
  return flash.erased_reads_blank() && is_erased(bytes);
}

// True if [offset, offset + length) lies inside `size` bytes; safe against wrap.
constexpr bool inside(std::uint64_t offset, std::uint64_t length, std::uint64_t size) {
  return offset <= size && length <= size - offset;
}

// Programs page by page, with a yield after each: no program takes longer than one page.
Result<> program_pages(Flash& flash, std::uint32_t offset, Bytes data);

// [offset, offset + size) of another Flash: a partition of a chip. Refuses everything outside.
class FlashWindow final : public Flash {
 public:
  FlashWindow(Flash& whole, std::uint32_t offset, std::uint32_t size)
      : whole_(whole), offset_(offset), size_(size) {}
  std::uint32_t size() const override { return size_; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;
  bool erased_reads_blank() const override { return whole_.erased_reads_blank(); }
  FlashTimes times() const override { return whole_.times(); }
  void yield() override { whole_.yield(); }

 private:
  Flash& whole_;
  std::uint32_t offset_;
  std::uint32_t size_;
};

}  // namespace updraft
