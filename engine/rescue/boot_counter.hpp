// Counts the starts that a crash caused, in one flash sector, so that an app that cannot stay up is
// left for another one (spec/beyond-app.md section 4). What runs is healthy once it was confirmed
// or has run for kHealthyMs; then the count begins anew.
//
// One word for each healthy period, one bit of it cleared for each start: nothing is erased on the
// way, and the sector once in kCounterWords periods that saw a crash.
//
//   sector:  +0 'U' 'D' 'B' 'C'   +4 layout u8, FF FF FF   +8 words u32 ...
//   word:    bits 0..7   FF, FE, FC, F8, ...: no start, one, two, three ... (in this order, so that
//                        no torn program reads as more starts than there were)
//            bits 8..15  FF
//            bits 16..31 FFFF: this period goes on; any bit cleared: it is over
//
// A word of any other form is a period that is over. A sector without its header counts nothing;
// the next start that counts erases it. One of a newer layout is left alone, and nothing is
// counted.
#pragma once
#include <cstdint>

#include "updraft/flash.hpp"
#include "updraft/time.hpp"

namespace updraft {

inline constexpr unsigned kBootAttempts = 3;  // starts by a crash before another app is tried
inline constexpr Millis kHealthyMs{60'000};   // of running: long enough for most crashes at start
inline constexpr std::uint8_t kCounterLayout = 1;
inline constexpr std::uint32_t kCounterHead = 8;  // bytes before the first word
inline constexpr std::uint32_t kCounterWords = (kFlashSector - kCounterHead) / 4;
inline constexpr unsigned kMostCounted = 8;  // bits of a word; more starts change nothing

class BootCounter {
 public:
  // The sector at `at` of `flash`, which outlives it.
  BootCounter(Flash& flash, std::uint32_t at) : flash_(flash), at_(at) {}

  // Starts that counted in the period that goes on. Error: flash.
  Result<unsigned> counted();
  // This start counts. Returns how many there are now. Errors: flash, what it counted is then not
  // known; malformed (a newer library's sector).
  Result<unsigned> count();
  // What runs is healthy, or another app begins: the period is over. Without a start that counted
  // nothing is written. Error: flash.
  Result<> close();

 private:
  struct Place {
    std::uint32_t offset;  // of the word of this period; the sector's end: there is no room
    unsigned starts;
  };
  enum class Sector : std::uint8_t { ours, foreign, none };
  Result<Sector> look();
  Result<Place> find();
  Result<> begin_sector();

  Flash& flash_;
  std::uint32_t at_;
};

}  // namespace updraft
