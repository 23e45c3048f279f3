// The part of a slot where nothing that reads may be believed: an erase that was cut short may have
// worked there (spec/esp32.md section 5.1).
#pragma once
#include <cstdint>

namespace updraft::pipeline {

struct Doubt {
  std::uint32_t from = 0, to = UINT32_MAX;  // bytes of the slot, to is not in it
  bool covers(std::uint32_t offset) const { return offset >= from && offset < to; }
};

}  // namespace updraft::pipeline
