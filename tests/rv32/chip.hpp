// A device on the emulated machine: the real NOR chip, the model of the bootloader and of the OTA
// calls on it, and the library as the app. The same files as on Linux but for the flash.
#pragma once
#include <optional>

#include "updraft/updater.hpp"

#include "engine/update/esp_boot_control.hpp"
#include "sim/bootloader.hpp"
#include "sim/ota_calls.hpp"
#include "tests/rv32/cfi_flash.hpp"

namespace updraft::rv32 {

// Flash behind the slots, of 64 KiB: for what a proof keeps besides.
inline constexpr std::uint32_t kBehindSlots = 0x70000;

class Chip final : public Observer {
 public:
  // Its partition "updraft": two sectors hold the journal, six the ledgers of both slots as well.
  explicit Chip(std::uint32_t memory_at = 0xB000, std::uint32_t memory_bytes = 2 * kFlashSector);

  bool blank();                       // nothing was ever written
  void provision(Bytes first_image);  // partition table and ota_0
  bool boot();                        // the bootloader's choice; false: nothing boots

  const sim::BootedApp& app() const { return *report_.app; }
  Updater& updater() { return *updater_; }
  BootControl& boot_control() { return *boot_; }
  Policy& policy() { return policy_; }
  Flash& flash() { return flash_; }
  std::uint32_t slot_bytes() const { return 192 * 1024; }
  Code last_error() const { return last_error_; }

 private:
  void on_ended(const Session&, const Error& why) override { last_error_ = why.code; }

  CfiFlash flash_;
  sim::Efuse efuse_;
  format::PartitionTable table_;
  Policy policy_;
  sim::BootReport report_;
  Code last_error_ = Code::starting;
  // The app's RAM, new at every boot.
  std::optional<FlashWindow> journal_flash_;
  std::optional<UpdateMemory> memory_;
  std::optional<sim::EspOta> ota_;
  std::optional<sim::ModelOtaCalls> ota_calls_;
  std::optional<EspBootControl> boot_;
  std::optional<Updater> updater_;
};

}  // namespace updraft::rv32
