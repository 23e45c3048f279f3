#include "ports/esp_idf/raw_door.hpp"

#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {
esp_err_t RawDoor::make(const DoorContext& context, Owned<Door>& door) {
  std::optional<link::LinkCipher> cipher;
  if (const esp_err_t err = read_link_key(context.config, cipher); err != ESP_OK) return err;
  door = make_owned<RawDoor>(context, cipher);
  return door ? ESP_OK : ESP_ERR_NO_MEM;
}

link::Link* RawDoor::open(link::Origin) {
  for (Place& place : places_) {
    if (place.receiver) continue;
    if (cipher_) place.decryptor.emplace(*cipher_);
    return &place.receiver.emplace(
        context_.intake,
        link::RawReceiver::Config{
            .slot_size = update_payload_bytes(context_.boot, context_.updater),
            .decryptor = place.decryptor ? &*place.decryptor : nullptr,
            .fetches = context_.config.raw_port == 0 || context_.config.pull_url != nullptr});
  }
  return nullptr;
}

void RawDoor::let_go(link::Link& link) {
  for (Place& place : places_) {
    if (!place.receiver || &*place.receiver != &link) continue;
    place.receiver.reset();
    place.decryptor.reset();
  }
}

}  // namespace updraft::esp_idf
