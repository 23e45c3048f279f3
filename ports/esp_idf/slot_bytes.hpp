// How large an update may be.
#pragma once
#include "updraft/updater.hpp"

namespace updraft::esp_idf {

// Bytes of the slot that an update would go to; 0: there is none.
inline std::uint32_t update_slot_bytes(BootControl& boot) {
  const Result<Slot> slot = boot.update_slot();
  return slot ? boot.flash(*slot).size() : 0;
}

// Bytes of the largest payload that can make sense: the slot, and what an image may be wrapped in.
inline std::uint64_t update_payload_bytes(BootControl& boot, const LeanUpdater& updater) {
  return update_slot_bytes(boot) + std::uint64_t{updater.overhead()};
}

}  // namespace updraft::esp_idf
