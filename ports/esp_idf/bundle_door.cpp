#include "ports/esp_idf/bundle_door.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

esp_err_t BundleDoor::make(const DoorContext& context, Owned<Door>& door) {
  const updraft_config_t& config = context.config;
  if (config.bundle_port == 0) return ESP_OK;
  if (config.bundle_password == nullptr || config.bundle_password[0] == '\0') {
    ESP_LOGE(kLogTag, "bundle: a password is needed");
    return ESP_ERR_INVALID_ARG;
  }
  auto made = make_owned<BundleDoor>(context);
  if (!made) return ESP_ERR_NO_MEM;
  if (config.reserve_memory && !made->memory_.reserve(made->needs())) return ESP_ERR_NO_MEM;
  door = Owned<Door>(made.release());
  return ESP_OK;
}

BundleDoor::BundleDoor(const DoorContext& context)
    : context_(context),
      installer_(context.updater,
                 context.config.bundle_files != nullptr
                     ? *static_cast<FileTransaction*>(context.config.bundle_files)
                     : no_files_,
                 context.policy, context.package),
      asking_(installer_, context.question) {}

link::Link* BundleDoor::open(link::Origin from) {
  for (auto& place : places_) {
    if (place) continue;
    return &place.emplace(
        asking_, shared_,
        link::BundleDevice::Config{.password = context_.config.bundle_password, .from = from});
  }
  return nullptr;
}

void BundleDoor::closed(link::Link& link, const Result<>&) {
  for (auto& place : places_) {
    if (!place || &*place != &link) continue;
    place.reset();
  }
}

}  // namespace updraft::esp_idf
