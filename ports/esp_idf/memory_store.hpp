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
  // `signs`: two sectors at the end of the partition are for what signed updates remember. The
  // ledgers have what is left.
  explicit MemoryStore(bool signs = false);
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  UpdateMemory* memory() { return memory_ ? &*memory_ : nullptr; }  // nullptr: none
  Flash* signing() { return signing_ ? &*signing_ : nullptr; }      // nullptr: there is no room

 private:
  std::optional<PartitionFlash> partition_;
  std::optional<FlashWindow> notes_, signing_;  // of the partition
  NvsSectors nvs_;
  std::optional<UpdateMemory> memory_;
};

}  // namespace updraft::esp_idf
