#include "ports/esp_idf/raw_door.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {
namespace {

Result<link::RawCipher> cipher_of(const updraft_config_t& config) {
  const bool cbc = config.raw_aes == UPDRAFT_AES_256_CBC;
  const auto text = [](const char* value) { return value != nullptr ? value : ""; };
  return link::raw_cipher(cbc ? crypto::AesMode::cbc : crypto::AesMode::ecb, text(config.raw_key),
                          text(config.raw_iv));
}

}  // namespace

esp_err_t RawDoor::make(const DoorContext& context, Owned<Door>& door) {
  std::optional<link::RawCipher> cipher;
  if (context.config.raw_aes != UPDRAFT_AES_NONE) {
    const Result<link::RawCipher> made = cipher_of(context.config);
    if (!made) {
      ESP_LOGE(kLogTag, "raw_key or raw_iv does not have the length that the mode asks for");
      return ESP_ERR_INVALID_ARG;
    }
    cipher = *made;
  }
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
