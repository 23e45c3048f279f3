// Where the journal is stored: the data partition "updraft", else NVS, else nowhere.
#pragma once
#include <optional>

#include "updraft/update_memory.hpp"

#include "ports/esp_idf/nvs_sectors.hpp"
#include "ports/esp_idf/partition_flash.hpp"

namespace updraft::esp_idf {

inline constexpr char kJournalPartition[] = "updraft";

class MemoryStore {
 public:
  MemoryStore();
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  UpdateMemory* memory() { return memory_ ? &*memory_ : nullptr; }  // nullptr: none

 private:
  std::optional<PartitionFlash> partition_;
  NvsSectors nvs_;
  std::optional<UpdateMemory> memory_;
};

}  // namespace updraft::esp_idf
