// Where the journal is stored: the data partition "updraft", else NVS, else nowhere.
#pragma once
#include <optional>

#include "updraft/update_memory.hpp"

#include "ports/esp_idf/nvs_sectors.hpp"
#include "ports/esp_idf/partition_flash.hpp"

namespace updraft::esp_idf {

inline constexpr char kJournalPartition[] = "updraft";

class Memory {
 public:
  Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;
  UpdateMemory* kept() { return kept_ ? &*kept_ : nullptr; }  // nullptr: none

 private:
  std::optional<PartitionFlash> partition_;
  NvsSectors nvs_;
  std::optional<UpdateMemory> kept_;
};

}  // namespace updraft::esp_idf
