// Two sectors inside NVS: for products whose partition table, fixed in the field, has no room for a
// partition of their own.
//
// So many bytes as were ever programmed together are one blob, "r00", "r01", ... in the namespace
// "updraft"; what has no blob reads as FF. NVS changes a blob all or nothing, which is more than
// flash does, and an erase costs nothing.
//
// Of NVS's entries the 20 KB of a usual partition have 504, for the product's own settings too:
//
//   the journal, with kNvsJournal   at most 128, and 200 for a moment; 4 to 128 for a device with
//                                   few failed updates
//   signed updates                  80 with a KeySet of three keys, 180 with the largest there is;
//                                   20 more with the time that freshness tokens give
//
// Where NVS is full, or was not initialised, every program fails: the device works without a
// journal, and takes nothing signed.
#pragma once
#include "updraft/flash.hpp"

#include "engine/update/journal.hpp"
#include "nvs.h"

namespace updraft::esp_idf {

inline constexpr JournalRoom kNvsJournal{.places = 32, .erases_old = true};

// Which two sectors they are.
struct NvsPlace {
  char letter;         // of the blobs' names
  std::uint16_t blob;  // bytes of each; at most kFlashPage
};
inline constexpr NvsPlace kNvsForJournal{'r', 64};          // a record of it
inline constexpr NvsPlace kNvsForSigning{'s', kFlashPage};  // fewer blobs, as all are needed

class NvsSectors final : public Flash {
 public:
  explicit NvsSectors(const NvsPlace& place = kNvsForJournal) : place_(place) {}
  // Opens the namespace; nvs_flash_init() is the application's business and comes before.
  // Error: flash (`found`: the esp_err_t).
  Result<> open();

  std::uint32_t size() const override { return 2 * kFlashSector; }
  Result<> read(std::uint32_t offset, MutableBytes out) override;
  Result<> program(std::uint32_t offset, Bytes data) override;
  Result<> erase(std::uint32_t offset, std::uint32_t length) override;
  FlashTimes times() const override { return {.erase_sector = 0, .erase_block = 0}; }

 private:
  Result<> load(std::uint32_t index, MutableBytes blob);

  NvsPlace place_;
  nvs_handle_t handle_ = 0;
  bool open_ = false;
};

}  // namespace updraft::esp_idf
