#include "ports/esp_idf/bundle_door.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

esp_err_t BundleDoor::make(const Inside& inside, Owned<Door>& door) {
  const updraft_config_t& config = inside.config;
  if (config.bundle_port == 0) return ESP_OK;
  if (config.bundle_password == nullptr || config.bundle_password[0] == '\0') {
    ESP_LOGE(kLogTag, "bundle: a password is needed");
    return ESP_ERR_INVALID_ARG;
  }
  door = make_owned<BundleDoor>(inside);
  return door ? ESP_OK : ESP_ERR_NO_MEM;
}

BundleDoor::BundleDoor(const Inside& inside)
    : inside_(inside),
      installer_(inside.updater,
                 inside.config.bundle_files != nullptr
                     ? *static_cast<FileTransaction*>(inside.config.bundle_files)
                     : no_files_,
                 inside.policy),
      asking_(installer_, inside.question) {}

link::Link* BundleDoor::open() {
  for (auto& place : places_) {
    if (place) continue;
    return &place.emplace(asking_, shared_,
                          link::BundleDevice::Config{.password = inside_.config.bundle_password});
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
