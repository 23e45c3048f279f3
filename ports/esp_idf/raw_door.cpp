#include "ports/esp_idf/raw_door.hpp"

#include "esp_log.h"
#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/reporter.hpp"
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
#ifdef CONFIG_UPDRAFT_FILES
  if (const esp_err_t err = made->aim(); err != ESP_OK) return err;
#endif
  door = Owned<Door>(made.release());
  return ESP_OK;
}

#ifdef CONFIG_UPDRAFT_FILES
esp_err_t RawDoor::aim() {
  const char* const name = context_.config.raw_to;
  if (name == nullptr) return ESP_OK;
  const parts::Targets* const targets = context_.targets;
  Result<std::uint8_t> found = fail(Code::no_partition, Where::gate);
  if (targets != nullptr) found = targets->find_target(name);
  if (!found || *found == parts::kApp) {
    ESP_LOGE(kLogTag, "raw_to: the device has no target \"%s\"", name);
    return ESP_ERR_INVALID_ARG;
  }
  const bool is_part = *found <= targets->parts().size();
  aimed_bytes_ = is_part ? targets->parts()[*found - 1u].size() : targets->rescue_room();
  aimed_.emplace(context_.intake, *found);
  return ESP_OK;
}
#endif

link::Link* RawDoor::open([[maybe_unused]] link::Origin from) {
  Intake* intake = &context_.intake;
  std::uint64_t most = update_payload_bytes(context_.boot, context_.updater);
#ifdef CONFIG_UPDRAFT_FILES
  if (aimed_ && from != link::kSomewhere) {
    intake = &*aimed_;
    most = aimed_bytes_ + std::uint64_t{context_.updater.overhead()};
  }
#endif
  for (std::size_t i = 0; i < kPlaces; ++i) {
    if (places_[i]) continue;
    link::StreamDecryptor* decryptor = nullptr;
    if constexpr (kHasStreamAes) {
      if (cipher_) decryptor = &cipher_->decryptors[i].emplace(cipher_->key);
    }
    return &places_[i].emplace(
        *intake, link::RawReceiver::Config{.slot_size = most,
                                           .decryptor = decryptor,
                                           .fetches = context_.config.raw_port == 0 ||
                                                      context_.config.pull_url != nullptr});
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
