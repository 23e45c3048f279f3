// What a device remembers of failed starts, and leaves for its rescue app: two sectors of the
// partition `updraft`, in front of what signed updates keep at its end.
//
//   sector  0   the boot counter      1   the request
#pragma once
#include <optional>

#include "engine/rescue/boot_counter.hpp"
#include "engine/rescue/rescue_request.hpp"

namespace updraft {

inline constexpr std::uint32_t kRescueSectors = 2;

class RescueMemory {
 public:
  // The first two sectors of `flash`, which outlives it.
  explicit RescueMemory(Flash& flash) : flash_(flash), counter_(flash, 0) {}

  BootCounter& counter() { return counter_; }
  std::optional<RescueRequest> request();
  // All or nothing. Error: flash; then there is none.
  Result<> leave(const RescueRequest& request);
  // There is none any more. Nothing is written where there was none. Error: flash.
  Result<> drop();

 private:
  Flash& flash_;
  BootCounter counter_;
};

}  // namespace updraft
