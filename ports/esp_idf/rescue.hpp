// The rescue app and the boot counter on a chip, with *A rescue app* in menuconfig; without it the
// port's BootControl alone, and nothing of engine/rescue is linked.
#pragma once
#include <optional>

#include "updraft/status.hpp"
#include "updraft/updater.hpp"

#include "engine/update/esp_boot_control.hpp"
#include "engine/update/rescue_target.hpp"
#include "ports/esp_idf/partition_flash.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_RESCUE
#include "engine/rescue/rescue_boot.hpp"
#include "engine/rescue/rescue_update.hpp"
#include "engine/rescue/rescue_version.hpp"
#endif

namespace updraft::esp_idf {

#ifdef CONFIG_UPDRAFT_RESCUE

inline constexpr bool kHasRescue = true;
inline constexpr std::size_t kRescueTextRoom = kRescueTextBytes;

// Why the chip started: esp_reset_reason().
RescueBoot::Cause cause_of_start();

// The place of a rescue memory in the partition "updraft".
class RescuePlace {
 public:
  RescuePlace();
  RescueMemory* memory() { return memory_ ? &*memory_ : nullptr; }  // nullptr: there is no room

 private:
  std::optional<PartitionFlash> partition_;
  std::optional<FlashWindow> window_;
  std::optional<RescueMemory> memory_;
};

class BootParts {
 public:
  explicit BootParts(OtaCalls& calls)
      : esp_boot_(calls), boot_(calls, esp_boot_, place_.memory(), rules()) {}
  BootControl& boot() { return boot_; }
  bool one_slot() const { return boot_.one_slot(); }  // beside a rescue app
  RescueBoot& rescue() { return boot_; }
#ifdef CONFIG_UPDRAFT_FILES
  RescueTarget* target() { return &update_; }
#else
  RescueTarget* target() { return nullptr; }
#endif

 private:
#ifdef CONFIG_UPDRAFT_TARGET_RESCUE
  static constexpr bool kTakesUnsigned = true;
#else
  static constexpr bool kTakesUnsigned = false;
#endif
  static RescueBoot::Rules rules() {
    RescueBoot::Rules rules;
#ifdef CONFIG_BOOTLOADER_APP_ANTI_ROLLBACK
    rules.anti_rollback = true;
#endif
    return rules;
  }
  EspBootControl esp_boot_;
  RescuePlace place_;
  RescueBoot boot_;
#ifdef CONFIG_UPDRAFT_FILES
  RescueUpdate update_{boot_, esp_boot_, place_.memory(), kTakesUnsigned};
#endif
};

// What the update task does about it. It holds the lock.
class RescueWatch {
 public:
  // `wanted`: the least version of the rescue app that this app needs; nullptr: any.
  RescueWatch(BootParts& parts, const char* wanted, Updater& updater, const StatusKeeper& status,
              Reporter& reporter)
      : boot_(parts.rescue()),
        version_(boot_, wanted != nullptr ? wanted : ""),
        updater_(updater),
        status_(status),
        reporter_(reporter) {}

  // Also where nobody called updraft_count_start(). True: restart, another app was chosen.
  bool start(Instant now);
  // True: restart, once the answer is out.
  bool turn(Instant now);
  // Before each turn: whether what is not signed may come in, and the URL of what is fetched; of
  // the next request.
  void note(bool armed) { boot_.next_request().armed = armed; }
  // In the rescue app: the app was armed, or fetched from here. Until the next start.
  bool was_armed() const { return asked_ && asked_->armed; }
  const char* asked_url() const { return url_[0] != 0 ? url_.data() : nullptr; }
  void fill(Status& status) { version_.fill(status); }

 private:
  RescueBoot& boot_;
  RescueVersion version_;
  Updater& updater_;
  const StatusKeeper& status_;
  Reporter& reporter_;
  std::optional<RescueRequest> asked_;
  std::array<char, kRequestUrl + 1> url_{};
  Instant healthy_at_{};
  std::optional<Instant> back_at_;
  bool healthy_ = false;
};

#else

inline constexpr bool kHasRescue = false;
inline constexpr std::size_t kRescueTextRoom = 0;

class BootParts {
 public:
  explicit BootParts(OtaCalls& calls) : boot_(calls) {}
  BootControl& boot() { return boot_; }
  bool one_slot() const { return false; }
  RescueTarget* target() { return nullptr; }

 private:
  EspBootControl boot_;
};

class RescueWatch {
 public:
  RescueWatch(BootParts&, const char*, Updater&, const StatusKeeper&, Reporter&) {}
  bool start(Instant) { return false; }
  bool turn(Instant) { return false; }
  void note(bool) {}
  bool was_armed() const { return false; }
  const char* asked_url() const { return nullptr; }
  void fill(Status&) const {}
};

#endif

}  // namespace updraft::esp_idf
