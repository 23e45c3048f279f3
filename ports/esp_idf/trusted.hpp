// What makes a chip ask for signatures: the KeySet that its application brings, the memory for
// verifying, and arming. Nothing of it is there unless the configuration asks for it.
#pragma once
#include <atomic>
#include <optional>

#include "updraft/boot_control.hpp"
#include "updraft/events.hpp"
#include "updraft/policy.hpp"
#include "updraft/time.hpp"
#include "updraft/update_memory.hpp"

#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "sdkconfig.h"
#include "updraft.h"
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
#include "engine/signing/signed_updates.hpp"
#include "engine/update/package_data.hpp"
#endif

namespace updraft::esp_idf {

// Seconds for which a device may be armed.
inline constexpr std::uint32_t kLeastArmedS = 10, kMostArmedS = 3600;

class Trusted;

#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
// The part (named.hpp).
struct TrustedParts {
  static esp_err_t make(Trusted& to, const updraft_config_t& config, BootControl& boot,
                        Flash& memory, Observer& observer);
};
#endif

// Whether this program takes signed packages; also where the application brings no KeySet: the
// device may hold one.
inline bool takes_signed() {
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  return has_part<TrustedParts>();
#else
  return false;
#endif
}

class Trusted {
 public:
  // Where a KeySet is held, `policy` asks for signatures from then on. `memory`: two sectors;
  // nullptr: there are none. All outlive it.
  Trusted(const updraft_config_t& config, BootControl& boot, Flash* memory, Observer& observer,
          Policy& policy);

  // ESP_OK; ESP_ERR_NOT_SUPPORTED (menuconfig left the code out, or neither a partition nor NVS
  // keeps what has to be remembered), ESP_ERR_INVALID_ARG (a KeySet that no device would hold),
  // ESP_ERR_NO_MEM, ESP_FAIL (flash). The log says which.
  esp_err_t outcome() const { return outcome_; }

#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  // Packages are verified here; then the device's data partitions may come in them. Before a
  // session; `data` outlives it.
  bool verifies() const { return static_cast<bool>(held_); }
  void bring_data(PackageData& data) { held_->updates.bring_data(data); }
#endif

  // Whether it asks for signatures, so that there is something to arm. From any task, as of the
  // last turn.
  bool asks() const { return asks_; }
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  bool asks_now();  // of the update task: as it is now
#endif
  bool armed() const { return armed_until_.has_value(); }
  std::uint32_t armed_for(Instant now) const {  // seconds left
    if (!armed_until_ || now >= *armed_until_) return 0;
    return static_cast<std::uint32_t>((*armed_until_ - now).count() / 1000);
  }
  // From any task: until turn() has seen it, nothing changes. 0: disarm.
  void ask_to_arm(std::uint32_t seconds) { asked_ = seconds; }
  // From any task: what tokens said of the time, in Unix seconds, as of the last turn.
  std::uint32_t not_before() const { return not_before_; }
  // Of the update task, under the lock. `taken`: an update was accepted.
  void turn(Instant now, bool taken);

 private:
  static constexpr std::uint32_t kNothing = UINT32_MAX;
#ifdef CONFIG_UPDRAFT_TAKE_SIGNED
  friend TrustedParts;
  struct Held {
    Held(BootControl& boot, Flash& memory, const SignedProduct& product, Observer& observer)
        : updates(boot, memory, room, product, observer) {}
    SigningRoom room;
    SignedUpdates updates;
  };
  esp_err_t open(const updraft_config_t& config, BootControl& boot, Flash& memory,
                 Observer& observer);
  void tell_time();
  OwnedPart<Held> held_;
#endif
  std::optional<Instant> armed_until_;
  std::atomic<std::uint32_t> asked_ = kNothing, not_before_ = 0;
  esp_err_t outcome_ = ESP_OK;
  std::atomic<bool> asks_ = false;
};

}  // namespace updraft::esp_idf
