#include "ports/esp_idf/raw_door.hpp"

#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {

esp_err_t RawDoor::make(const DoorContext& context, Owned<Door>& door) {
  std::optional<link::LinkCipher> cipher;
  if (const esp_err_t err = read_link_key(context.config, cipher); err != ESP_OK) return err;
  auto made = make_owned<RawDoor>(context);
  if (!made) return ESP_ERR_NO_MEM;
  if constexpr (kHasStreamAes) {
    if (cipher) made->cipher_ = make_owned<Cipher>(*cipher);
    if (cipher && !made->cipher_) return ESP_ERR_NO_MEM;
  }
  door = Owned<Door>(made.release());
  return ESP_OK;
}

link::Link* RawDoor::open(link::Origin) {
  for (std::size_t i = 0; i < kPlaces; ++i) {
    if (places_[i]) continue;
    link::StreamDecryptor* decryptor = nullptr;
    if constexpr (kHasStreamAes) {
      if (cipher_) decryptor = &cipher_->decryptors[i].emplace(cipher_->key);
    }
    return &places_[i].emplace(
        context_.intake,
        link::RawReceiver::Config{
            .slot_size = update_payload_bytes(context_.boot, context_.updater),
            .decryptor = decryptor,
            .fetches = context_.config.raw_port == 0 || context_.config.pull_url != nullptr});
  }
  return nullptr;
}

void RawDoor::let_go(link::Link& link) {
  for (std::size_t i = 0; i < kPlaces; ++i) {
    if (!places_[i] || &*places_[i] != &link) continue;
    places_[i].reset();
    if constexpr (kHasStreamAes) {
      if (cipher_) cipher_->decryptors[i].reset();
    }
  }
}

}  // namespace updraft::esp_idf
