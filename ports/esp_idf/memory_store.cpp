#include "ports/esp_idf/memory_store.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

std::uint32_t kept_at_end(std::uint32_t size, bool signs, bool rescues) {
  constexpr std::uint32_t kTwo = 2 * kFlashSector;
  if (rescues && size >= 3 * kTwo) return 2 * kTwo;
  return signs && size >= 2 * kTwo ? kTwo : 0;
}

MemoryStore::MemoryStore(bool signs, bool rescues) {
  const esp_partition_t* own = esp_partition_find_first(
      ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, kJournalPartition);
  // An encrypted partition cannot be programmed in parts, as a log is.
  if (own != nullptr && own->size >= 2 * kFlashSector && !own->encrypted) {
    const std::uint32_t size = partition_.emplace(*own).size();
    constexpr std::uint32_t kTwo = 2 * kFlashSector;
    if (signs && size >= 2 * kTwo) signing_ = &last_.emplace(*partition_, size - kTwo, kTwo);
    memory_.emplace(notes_.emplace(*partition_, 0, size - kept_at_end(size, signs, rescues)));
  } else if (nvs_.open()) {
    memory_.emplace(nvs_, kNvsJournal);
  } else {
    ESP_LOGW(kLogTag, "no partition \"updraft\" and no NVS: images that failed are forgotten");
  }
  if (signs && signing_ == nullptr && nvs_last_.open()) signing_ = &nvs_last_;
}

}  // namespace updraft::esp_idf
