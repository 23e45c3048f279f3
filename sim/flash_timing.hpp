// How long NOR flash parts take: one profile per part (spec/esp32.md section 5.2).
//
// A profile is named after its part in lower case and holds the maker's typical times; "-max" holds
// the maxima, which apply at end of life and at the temperature limits. "none" takes no time at
// all.
//
// If a time is not known:
//   64 KiB erase    as the W25Q128JV: 10/3 of its typical sector erase, 5 times the maximum
//   32 KiB erase    as the W25Q32JV: 4/5 of the 64 KiB erase
//   page program    3 ms, Winbond's maximum (only gd25q127-max)
//   xm25qh32        the times of its sibling xm25qh128a
//
// The bus runs at 40 MHz in every profile: reads use four lines (50 ns a byte), page programs one
// line and a command of 4 bytes (200 ns a byte: 52 us for a full page).
#pragma once
#include <cstdint>
#include <span>
#include <string_view>

#include "sim/virtual_clock.hpp"

namespace updraft::sim {

// What the driver of ESP-IDF adds to each call, with the caches off: 4-byte reads at 50,300 bytes a
// second (section 5.3). A call is one read, one erase command, or programs of up to 8 KiB.
inline constexpr Nanos kDriverCall{80'000};
inline constexpr std::uint32_t kDriverChunk = 8192;
// With flash encryption the driver programs so many bytes with one command (section 5.3: 20 KB/s).
inline constexpr std::uint32_t kEncryptedUnit = 32;

struct FlashTiming {
  std::string_view name = "none";
  Nanos page_program{0};      // one program command of 1 to 256 bytes, without its transfer
  Nanos erase_sector{0};      // 4 KiB
  Nanos erase_half_block{0};  // 32 KiB
  Nanos erase_block{0};       // 64 KiB
  Nanos read_byte{0};
  Nanos transfer_byte{0};     // from the chip to the flash, before a page is programmed
  Nanos transfer_command{0};  // likewise, once a page

  // `unit`: bytes of one program command.
  Nanos program_time(std::size_t bytes, std::size_t unit = 256) const {
    const auto commands = static_cast<Nanos::rep>((bytes + unit - 1) / unit);
    return (transfer_command + page_program) * commands +
           transfer_byte * static_cast<Nanos::rep>(bytes);
  }
};

// nullptr: no such profile.
const FlashTiming* find_flash_timing(std::string_view name);
std::span<const FlashTiming> flash_timings();  // all of them, "none" first

}  // namespace updraft::sim
