// Two sectors for the journal inside NVS: for products whose partition table, fixed in the field,
// has no room for a partition of their own.
//
// Each 64 bytes that were ever programmed are one blob, "r00" to "r7f" in the namespace "updraft";
// what has no blob reads as FF. NVS changes a blob all or nothing, which is more than flash does.
//
// A blob takes 4 of NVS's entries, of which the 20 KB of a usual partition have 504, for the
// product's own settings too. With kNvsJournal it is at most 128, and 200 for a moment; a device
// with few failed updates changes between 4 and 128. Where NVS is full, or was not initialised,
// every program fails and the device works without a journal.
#pragma once
#include "updraft/flash.hpp"

#include "engine/update/journal.hpp"
#include "nvs.h"

namespace updraft::esp_idf {

inline constexpr JournalRoom kNvsJournal{.places = 32, .erases_old = true};

class NvsSectors final : public Flash {
 public:
  // Opens the namespace; nvs_flash_init() is the application's business and comes before.
  // Error: flash (`found`: the esp_err_t).
  Result<> open();

  std::uint32_t size() const override { return 2 * kFlashSector; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;

 private:
  nvs_handle_t handle_ = 0;
  bool open_ = false;
};

}  // namespace updraft::esp_idf
