#include "ports/esp_idf/sd_door.hpp"

#include "esp_log.h"
#include "ports/esp_idf/link_key.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/service.hpp"
#include "ports/esp_idf/slot_bytes.hpp"

namespace updraft::esp_idf {

esp_err_t SdDoor::make(const DoorContext& context, Owned<Door>& door) {
  const char* const folder = context.config.sd_folder;
  if (folder == nullptr) return ESP_OK;
  if (std::string_view(folder).size() > kMaxSdFolder) {
    ESP_LOGE(kLogTag, "sd_folder: at most %u characters", static_cast<unsigned>(kMaxSdFolder));
    return ESP_ERR_INVALID_ARG;
  }
  std::optional<link::LinkCipher> cipher;
  if (const esp_err_t err = read_link_key(context.config, cipher); err != ESP_OK) return err;
  door = make_owned<SdDoor>(context, cipher);
  return door ? ESP_OK : ESP_ERR_NO_MEM;
}

SdDoor::SdDoor(const DoorContext& context, const std::optional<link::LinkCipher>& cipher)
    : context_(context),
      folder_(context.config.sd_folder),
      decryptor_(),
      device_(context.intake, folder_,
              {.slot_size = update_payload_bytes(context.boot, context.updater),
               .decryptor = kHasStreamAes && cipher ? &decryptor_.emplace(*cipher) : nullptr}) {}

bool SdDoor::turn(Instant now, SocketDriver&) {
  const bool waits =
      context_.updater.state() != UpdateState::idle || steering_of(context_.service).pending();
  if (device_.is_looking() && (waits || now < look_at_)) return false;
  for (int step = 0; step < kSdSteps; ++step) {
    if (device_.step() == link::SdDevice::Next::soon) continue;
    look_at_ = now + kSdLookMs;
    return false;
  }
  return true;
}

}  // namespace updraft::esp_idf
