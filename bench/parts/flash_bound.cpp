#include "bench/parts/flash_bound.hpp"

#include <algorithm>

#include "updraft/flash.hpp"

namespace updraft::bench {
namespace {

using sim::Nanos;

struct Costs {
  Nanos kept{0};    // to bring the sector about by itself
  Nanos erased{0};  // to program it if it has been erased
};

class Bound {
 public:
  Bound(const sim::FlashTiming& part, Nanos call, Bytes from, Bytes to)
      : part_(part), call_(call), from_(from), to_(to) {}

  Nanos blocks() const {
    Nanos sum{0};
    for (std::size_t at = 0; at < to_.size(); at += kFlashBlock) sum += block(at);
    return sum;
  }

 private:
  Costs sector(std::size_t at) const {
    Costs costs;
    bool other = false;
    Nanos missing{0};
    const std::size_t end = std::min<std::size_t>(to_.size(), at + kFlashSector);
    for (std::size_t page = at; page < end; page += kFlashPage) {
      const std::size_t size = std::min<std::size_t>(kFlashPage, end - page);
      const Bytes now = to_.subspan(page, size);
      const Bytes old = from_.subspan(page, size);
      const Nanos time = part_.program_time(size) + call_;
      if (!is_erased(now)) costs.erased += time;
      if (std::ranges::equal(now, old)) continue;
      missing += time;
      other = other || !is_erased(old);
    }
    costs.kept = other ? part_.erase_sector + call_ + costs.erased : missing;
    return costs;
  }

  Nanos block(std::size_t at) const {
    Nanos parts{0}, erased{0};
    for (std::size_t half = at; half < at + kFlashBlock; half += kFlashHalfBlock) {
      Costs sum;
      for (std::size_t s = half; s < std::min(to_.size(), half + kFlashHalfBlock);
           s += kFlashSector) {
        const Costs one = sector(s);
        sum.kept += one.kept;
        sum.erased += one.erased;
      }
      parts += std::min(sum.kept, part_.erase_half_block + call_ + sum.erased);
      erased += sum.erased;
    }
    return std::min(parts, part_.erase_block + call_ + erased);
  }

  const sim::FlashTiming& part_;
  Nanos call_;
  Bytes from_, to_;
};

}  // namespace

Nanos read_time(const sim::FlashTiming& part, Nanos call, std::size_t bytes) {
  const auto calls = static_cast<Nanos::rep>((bytes + kFlashSector - 1) / kFlashSector);
  return part.read_byte * static_cast<Nanos::rep>(bytes) + call * calls;
}

Nanos least_time(const sim::FlashTiming& part, Nanos call, Bytes old_content, Bytes new_content) {
  return Bound(part, call, old_content, new_content).blocks() +
         read_time(part, call, new_content.size());
}

}  // namespace updraft::bench
