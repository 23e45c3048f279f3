#include "sim/flash_timing.hpp"

namespace updraft::sim {
namespace {

constexpr FlashTiming part(std::string_view name, int page_us, int sector_ms, int half_ms,
                           int block_ms) {
  using namespace std::chrono_literals;
  return {name,           page_us * 1us, sector_ms * 1ms, half_ms * 1ms,
          block_ms * 1ms, 50ns,          200ns,           4 * 200ns};
}

// clang-format off
constexpr FlashTiming kTimings[] = {
    {},
    //    name              page us  4 KiB ms  32 KiB ms  64 KiB ms
    part("w25q32jv",            400,      45,       120,       150),
    part("w25q32jv-max",       3000,     400,      1600,      2000),
    part("w25q64jv",            800,      45,       120,       150),  // blocks by ratio
    part("w25q64jv-max",       3000,     400,      1600,      2000),  // blocks by ratio
    part("w25q128jv",           400,      45,       120,       150),  // 32 KiB by ratio
    part("w25q128jv-max",      3000,     400,      1600,      2000),  // 32 KiB by ratio
    part("gd25q32c",            600,      50,       150,       250),
    part("gd25q127-max",       3000,     500,      3200,      4000),  // page by Winbond's, 32 KiB by ratio
    part("xm25qh128a",          500,      40,       200,       300),
    part("xm25qh32",            500,      40,       200,       300),  // as xm25qh128a
    part("xt25f08b",            400,      70,       186,       233),  // blocks by ratio
    part("is25lp032d",          200,      70,       130,       200),
    part("is25lp032d-max",      800,     300,       500,      1000),
    part("w25x40",              700,      30,       120,       150),
    part("w25x40-max",         3000,     200,       800,      1000),
};
// clang-format on

}  // namespace

const FlashTiming* find_flash_timing(std::string_view name) {
  for (const FlashTiming& timing : kTimings) {
    if (timing.name == name) return &timing;
  }
  return nullptr;
}

std::span<const FlashTiming> flash_timings() { return kTimings; }

}  // namespace updraft::sim
