// Any content of the two sectors of a rescue memory: what is read of it has its limits, and what is
// written then comes back.
#include <algorithm>
#include <vector>

#include "engine/format/crc32.hpp"
#include "engine/rescue/rescue_memory.hpp"
#include "sim/nor_flash.hpp"
#include "tests/fuzz/check.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  if (size == 0) return 0;
  // The first byte says where the input goes: the counter's sector, or the request's, with its CRC
  // made right or not.
  const Bytes bytes = fuzz::input(data, size).subspan(1);
  std::vector<std::byte> cells(kRescueSectors * kFlashSector, std::byte{0xFF});
  const std::uint32_t at = (data[0] & 1) != 0 ? kFlashSector : 0;
  std::ranges::copy(at_most(bytes, kFlashSector), cells.begin() + at);
  if (at != 0 && (data[0] & 2) != 0) {
    format::end_in_crc(MutableBytes(cells).subspan(kFlashSector, kRequestBytes));
  }
  sim::VirtualClock clock;
  sim::NorFlash flash(cells, clock);
  RescueMemory memory(flash);
  const Result<unsigned> before = memory.counter().counted();
  fuzz::check(before && *before <= kMostCounted, "a count has its limit");
  const Result<unsigned> after = memory.counter().count();
  if (after) {
    fuzz::check(*after == std::min(*before + 1, kMostCounted), "one more");
    fuzz::check(memory.counter().counted().value_or(0) == *after, "it comes back");
    // Behind it may stand what was never written so: each period ends, and the last one counts
    // nothing.
    for (unsigned ends = 0; memory.counter().counted().value_or(1) != 0; ++ends) {
      fuzz::check(ends < kCounterWords && memory.counter().close().has_value(), "a period ends");
    }
  }
  if (const auto request = memory.request()) {
    fuzz::check(parse_request(make_request(*request)) == request, "a request comes back");
    fuzz::check(memory.drop().has_value() && !memory.request(), "it can be dropped");
  }
  RescueRequest next;
  next.reason = RescueReason::update;
  fuzz::check(memory.leave(next).has_value() && memory.request() == next, "the next one holds");
  return 0;
}
