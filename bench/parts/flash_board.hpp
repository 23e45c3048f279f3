// A device with one slot to write, reduced to its flash: what installing costs there, by our
// Updater and by the strategies of the field.
#pragma once
#include <memory>
#include <string_view>

#include "updraft/updater.hpp"

#include "sim/nor_flash.hpp"

namespace updraft::bench {

inline constexpr std::uint32_t kBoardSlot = 3u << 20;

enum class Strategy : std::uint8_t {
  updraft,
  updraft_seek,  // over a link that can seek
  sequential,    // 4 KiB erases while streaming: esp_ota_begin(OTA_WITH_SEQUENTIAL_WRITES)
  erase_first,   // the whole slot, then the data: esp_ota_begin(OTA_SIZE_UNKNOWN)
};
std::string_view name(Strategy strategy);

struct Cost {
  double seconds = 0;         // until the image is verified from flash
  double choice_seconds = 0;  // then: the journal's note of the trial and the boot choice
  double erase = 0, program = 0, read = 0, verify = 0;  // of seconds
  double longest_stretch = 0;                           // without a yield
  std::uint64_t bytes_programmed = 0, bytes_read = 0;
  std::vector<std::uint32_t> erases;  // per sector of the flash, journal and otadata included
  std::uint32_t max_erases() const;
};

class Board {
 public:
  explicit Board(const sim::FlashTiming& timing);
  ~Board();

  MutableBytes slot() { return MutableBytes(cells_).first(kBoardSlot); }
  void forget();  // a device whose journal is blank
  // Power off and on before; all of it is charged. `until`: the link is lost after so many bytes.
  Cost install(Bytes image, Strategy strategy, std::uint32_t max_erase = kFlashBlock,
               std::size_t until = SIZE_MAX);

 private:
  struct Updating;
  void update(Updating& device, Bytes image, bool seek, std::size_t until);
  void write_as_esp_ota(Bytes image, bool sequential);

  const sim::FlashTiming& timing_;
  std::vector<std::byte> cells_;
  sim::VirtualClock clock_;
  std::unique_ptr<sim::NorFlash> flash_;
};

}  // namespace updraft::bench
