#include "ports/esp_idf/memory_store.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

MemoryStore::MemoryStore(bool signs) {
  const esp_partition_t* own = esp_partition_find_first(
      ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, kJournalPartition);
  // An encrypted partition cannot be programmed in parts, as a log is.
  if (own != nullptr && own->size >= 2 * kFlashSector && !own->encrypted) {
    const std::uint32_t size = partition_.emplace(*own).size();
    const std::uint32_t taken = signs && size >= 4 * kFlashSector ? 2 * kFlashSector : 0;
    if (taken != 0) signing_ = &last_.emplace(*partition_, size - taken, taken);
    memory_.emplace(notes_.emplace(*partition_, 0, size - taken));
  } else if (nvs_.open()) {
    memory_.emplace(nvs_, kNvsJournal);
  } else {
    ESP_LOGW(kLogTag, "no partition \"updraft\" and no NVS: images that failed are forgotten");
  }
  if (signs && signing_ == nullptr && nvs_last_.open()) signing_ = &nvs_last_;
}

}  // namespace updraft::esp_idf
