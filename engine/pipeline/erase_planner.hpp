// How much to erase in one step: the unit that is cheapest for the data still to come.
//
// The data of a block has not arrived when its first sector needs an erase, so the cost is a
// forecast: blank sectors need no erase, doubtful ones need one, and of the others the same share
// is equal as in the last few sectors (firmware shares a run of sectors, or none). Measured over
// real images by `bench/run flash`.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>

#include "updraft/flash.hpp"

#include "engine/pipeline/doubt.hpp"

namespace updraft::pipeline {

class ErasePlanner {
 public:
  // `most`: 4, 32 or 64 KiB, the longest erase that the product allows.
  void reset(std::uint32_t most);
  // From now on at most so much; returns what held until now.
  std::uint32_t limit(std::uint32_t most) { return std::exchange(most_, most); }
  // At least so many bytes come in all.
  void expect(std::uint64_t bytes) { announced_ = std::max(announced_, bytes); }
  // Of the pages that were compared, so many were equal.
  void learn(std::uint32_t equal, std::uint32_t pages);
  // How much of the slot to erase from `offset` on, if a sector needs it.
  struct Place {
    Flash& slot;
    const Doubt& doubt;
    std::uint32_t offset;
    MutableBytes page;  // for its use
  };
  std::uint32_t unit_at(const Place& place) const;

 private:
  static constexpr std::uint32_t kAlike = 256;
  struct Forecast {
    std::uint64_t singly = 0;  // us: to erase, sector by sector, what will probably need it
    std::uint64_t swept = 0;   // us: to program again what would probably have been equal
  };
  bool allows(const Place& place, std::uint32_t unit, std::uint32_t time) const;
  Forecast forecast(const Place& place, std::uint32_t from, std::uint32_t to) const;

  std::uint64_t announced_ = 0;
  std::uint32_t most_ = kFlashBlock;
  std::uint16_t alike_ = 0;  // how alike old and new were of late, 0 to kAlike
  bool any_seen_ = false;    // alike_ means something
};

}  // namespace updraft::pipeline
