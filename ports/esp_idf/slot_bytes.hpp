// How large an update may be.
#pragma once
#include "updraft/update/boot_control.hpp"

namespace updraft::esp_idf {

// Bytes of the slot that an update would go to; 0: there is none.
inline std::uint32_t update_slot_bytes(BootControl& boot) {
  const Result<Slot> slot = boot.update_slot();
  return slot ? boot.flash(*slot).size() : 0;
}

}  // namespace updraft::esp_idf
