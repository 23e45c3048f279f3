// The rows of bench/run flash: profiles x pairs of releases x jobs x strategies.
//
//   job          the slot holds                            then
//   full_blank   nothing                                   the release is installed
//   full_used    something else, unrelated                 the release is installed
//   reinstall    the same release, installed by us         it is installed again
//   next         the release before last, by us            the release is installed
//   resume       unrelated, and half of the release: the   it is sent again, whole
//                link was lost at 50 %                     (updraft_seek: only the rest)
#pragma once
#include <functional>
#include <string>

#include "bench/parts/flash_board.hpp"

namespace updraft::bench {

struct FlashRow {
  std::string profile, product, from, to, job, strategy;
  std::uint32_t max_block = 0;
  std::size_t image_bytes = 0;
  Cost cost;
  double bound = 0;                 // seconds: the least that this job can cost (flash_bound.hpp)
  double of_full = 0;               // seconds as a share of those of full_used
  std::vector<std::uint64_t> wear;  // how many sectors were erased 0, 1, 2, ... times
  double ratio() const { return bound > 0 ? cost.seconds / bound : 0; }
};

// `profile`: only this one; empty: all that take time. Throws std::runtime_error.
void for_each_flash_row(std::string_view profile, const std::function<void(const FlashRow&)>& row);

}  // namespace updraft::bench
