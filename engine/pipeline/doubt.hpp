// The part of a slot whose reads cannot be trusted: an erase may have been cut short there
// (spec/esp32.md section 5.1).
#pragma once
#include <cstdint>

namespace updraft::pipeline {

struct Doubt {
  std::uint32_t from = 0, to = UINT32_MAX;  // bytes of the slot, without `to` itself
  bool covers(std::uint32_t offset) const { return offset >= from && offset < to; }
};

}  // namespace updraft::pipeline
