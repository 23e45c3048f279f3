#include "ports/esp_idf/memory_store.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

MemoryStore::MemoryStore() {
  const esp_partition_t* own = esp_partition_find_first(
      ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, kJournalPartition);
  // An encrypted partition cannot be programmed in parts, as a log is.
  if (own != nullptr && own->size >= 2 * kFlashSector && !own->encrypted) {
    memory_.emplace(partition_.emplace(*own));
  } else if (nvs_.open()) {
    memory_.emplace(nvs_, kNvsJournal);
  } else {
    ESP_LOGW(kLogTag, "no partition \"updraft\" and no NVS: images that failed are forgotten");
  }
}

}  // namespace updraft::esp_idf
