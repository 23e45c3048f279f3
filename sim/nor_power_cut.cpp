// What a power cut leaves of the operation that it hits.
#include "sim/nor_flash.hpp"

namespace updraft::sim {

std::string_view name(Cut cut) {
  constexpr std::string_view kNames[] = {"before",      "torn",      "after",       "weak",
                                         "torn_prefix", "torn_bits", "torn_zeroed", "torn_mix"};
  return kNames[static_cast<std::size_t>(cut)];
}

void NorFlash::cut_power_at(std::uint64_t operation, Cut cut) {
  until_cut_ = operation;
  cut_ = cut;
}

void NorFlash::power_on() {
  powered_ = true;
  until_cut_ = kNeverCut;
}

void NorFlash::cut_power() { (void)lose_power(0); }

Result<> NorFlash::lose_power(std::uint32_t offset) {
  powered_ = false;
  if (on_cut_) on_cut_();
  return fail(Code::flash, Where::device, offset);
}

// The armed cut as far as a page program knows it, else a way to tear one.
Cut NorFlash::cut_of_program() {
  switch (cut_) {
    case Cut::before:
    case Cut::after:
    case Cut::torn_prefix:
    case Cut::torn_bits:
      return cut_;
    default:
      return random_.below(2) == 0 ? Cut::torn_prefix : Cut::torn_bits;
  }
}

// Likewise for an erase; one way to tear it leaves it untouched.
Cut NorFlash::cut_of_erase() {
  switch (cut_) {
    case Cut::before:
    case Cut::after:
    case Cut::weak:
    case Cut::torn_zeroed:
    case Cut::torn_mix:
      return cut_;
    default:
      constexpr Cut kWays[] = {Cut::before, Cut::torn_zeroed, Cut::torn_mix};
      return kWays[random_.below(3)];
  }
}

Result<> NorFlash::cut_during_program(std::uint32_t offset, Bytes page) {
  if (any_stuck(offset, 1)) return lose_power(offset);
  switch (cut_of_program()) {
    case Cut::before:
      break;
    case Cut::after:
      program_now(offset, page);
      break;
    case Cut::torn_prefix:
      program_now(offset, page.first(random_.below(static_cast<std::uint32_t>(page.size()))));
      break;
    default:
      program_some_bits(offset, page);
  }
  return lose_power(offset);
}

// Clears some of the bits that `page` wants cleared: few, half or most of them.
void NorFlash::program_some_bits(std::uint32_t offset, Bytes page) {
  const std::uint32_t share = random_.below(3);
  for (std::size_t i = 0; i < page.size(); ++i) {
    const int a = random_.byte();
    const int b = random_.byte();
    const int kept = share == 0 ? a & b : share == 1 ? a : a | b;
    cells_[offset + i] &= page[i] | static_cast<std::byte>(kept);
  }
}

Result<> NorFlash::cut_during_erase(std::uint32_t offset, std::uint32_t unit) {
  if (any_stuck(offset, unit)) return lose_power(offset);
  const MutableBytes cells = cells_.subspan(offset, unit);
  switch (cut_of_erase()) {
    case Cut::before:
      break;
    case Cut::after:
      erase_now(offset, unit);
      break;
    case Cut::weak:
      erase_now(offset, unit);
      weaken(offset, unit);
      break;
    case Cut::torn_zeroed:
      std::ranges::fill(cells, std::byte{0});
      break;
    default:
      mix(cells);
      weaken(offset, unit);
  }
  return lose_power(offset);
}

void NorFlash::mix(MutableBytes unit) {
  for (std::size_t at = 0; at < unit.size(); at += kFlashPage) {
    const MutableBytes page = unit.subspan(at, kFlashPage);
    switch (random_.below(4)) {
      case 0:
        break;
      case 1:
        std::ranges::fill(page, std::byte{0xFF});
        break;
      case 2:
        std::ranges::fill(page, std::byte{0});
        break;
      default:
        for (std::byte& b : page) b = std::byte{random_.byte()};
    }
  }
}

}  // namespace updraft::sim
