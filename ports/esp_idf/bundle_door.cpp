#include "ports/esp_idf/bundle_door.hpp"

namespace updraft::esp_idf {

link::Link* BundleDoor::open() {
  for (auto& place : places_) {
    if (place) continue;
    return &place.emplace(asking_, shared_, link::BundleDevice::Config{.password = password_});
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
