#include "ports/esp_idf/raw_door.hpp"

#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {

link::Link* RawDoor::open() {
  for (Place& place : places_) {
    if (place.receiver) continue;
    if (cipher_ != nullptr) place.decryptor.emplace(*cipher_);
    return &place.receiver.emplace(
        intake_,
        link::RawReceiver::Config{.slot_size = update_payload_bytes(boot_, updater_),
                                  .decryptor = place.decryptor ? &*place.decryptor : nullptr});
  }
  return nullptr;
}

void RawDoor::closed(link::Link& link, const Result<>& outcome) {
  if (never_came_about(outcome)) intake_.never_began(kRaw, outcome.error());
  for (Place& place : places_) {
    if (!place.receiver || &*place.receiver != &link) continue;
    place.receiver.reset();
    place.decryptor.reset();
  }
}

}  // namespace updraft::esp_idf
