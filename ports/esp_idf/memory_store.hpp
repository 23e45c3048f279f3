// Where the journal is stored, and what signed updates remember: the data partition "updraft", else
// NVS, else nowhere.
#pragma once
#include <optional>

#include "updraft/update_memory.hpp"

#include "ports/esp_idf/nvs_sectors.hpp"
#include "ports/esp_idf/partition_flash.hpp"

namespace updraft::esp_idf {

inline constexpr char kJournalPartition[] = "updraft";

// Bytes at the end of a partition of that size that are not for journal and ledgers.
std::uint32_t kept_at_end(std::uint32_t size, bool signs, bool rescues);

class MemoryStore {
 public:
  // `signs`: signed updates have to remember something. The last two sectors of the partition are
  // for that, and the ledgers have what is left; where it has no four, that is in NVS.
  // `rescues`: two sectors in front of them are left for a rescue app (rescue.hpp).
  explicit MemoryStore(bool signs = false, bool rescues = false);
  MemoryStore(const MemoryStore&) = delete;
  MemoryStore& operator=(const MemoryStore&) = delete;
  UpdateMemory* memory() { return memory_ ? &*memory_ : nullptr; }  // nullptr: none
  Flash* signing() { return signing_; }                             // nullptr: there is no room

 private:
  std::optional<PartitionFlash> partition_;
  std::optional<FlashWindow> notes_, last_;  // of the partition
  NvsSectors nvs_, nvs_last_{kNvsForSigning};
  std::optional<UpdateMemory> memory_;
  Flash* signing_ = nullptr;
};

}  // namespace updraft::esp_idf
