// What a virtual device is and how it misbehaves: the options of `updraft device`.
#pragma once
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/policy.hpp"
#include "updraft/time.hpp"

#include "engine/format/sealed_keys.hpp"
#include "engine/rescue/rescue_boot.hpp"
#include "sim/device.hpp"

namespace updraft::device {

enum class Confirm : std::uint8_t {
  automatic,  // a healthy image confirms itself once it runs
  manual,     // somebody says so: the console's `confirm`
  never,      // nobody does: the device restarts after confirm_within, unconfirmed
};

enum class App : std::uint8_t {
  healthy,
  crash,  // an image that is not confirmed yet crashes before it can be
};

// A host that serves updates.
struct PullFrom {
  Scheme scheme;  // that fetches
  std::string host;
  std::uint16_t port = 0;
  std::string url;  // the same, to be shown
};

struct Options {
  std::filesystem::path state;  // directory; holds everything

  // Only for a new state.
  std::string chip;                           // empty: as the firmware says, else esp32c3
  std::uint32_t flash_size = 8u << 20;        // bytes
  std::filesystem::path partitions;           // CSV; empty: two equal slots
  std::optional<std::uint32_t> table_offset;  // where the table stands, if not at 0x8000
  std::filesystem::path firmware;             // empty: a demo image, version 1.0.0
  std::filesystem::path rescue;               // its rescue app; empty: a demo image
  std::string bootloader = "rollback";        // plain, rollback, anti-rollback
  std::uint32_t secure_version = 0;           // in eFuse
  std::optional<std::uint16_t> chip_revision;
  std::uint16_t block_revision = 0;  // of the eFuse block, major * 100 + minor

  std::string only_for_new;  // those of the above that were given, for a warning

  // How it can be reached, besides what its doors know (door.hpp).
  std::string listen = "127.0.0.1";  // address of whatever listens
  std::optional<PullFrom> pull;
  std::string name;  // on the local network; empty: one that its id makes
  bool announced = true;

  std::shared_ptr<format::SealedKeys> keys;  // open pre-encrypted images; may be nullptr

  sim::Trusted trusted;  // for signed updates

  // Data partitions, by label.
  std::vector<std::string> in_place;     // that may be received where they are
  std::vector<std::string> now;          // that come to their place without a restart
  std::vector<std::string> fs_autosize;  // whose file system finds out its size

  bool takes_unsigned_rescue = false;  // --allow-target=rescue
  std::string min_rescue;              // the least version of its rescue app; empty: any

  Policy policy;
  std::vector<ImageName> retry;  // policy.retry points here

  // How it behaves.
  Confirm confirm = Confirm::automatic;
  Millis confirm_after{200};     // with `automatic`: how long the self-test takes
  Millis confirm_within{5'000};  // with `never`: when the device gives up waiting
  App app = App::healthy;
  Millis healthy_after{kHealthyMs};   // of running: then a crash before it counts no more
  Millis rescue_wait{kRescueWaitMs};  // in the rescue app, until the app that asked comes back
  std::string flash_timing = "none";
  bool flash_encryption = false;   // of the modelled time only
  std::uint64_t network_rate = 0;  // modelled bytes per second; 0: no network is modelled
  Millis round_trip{0};            // of that network
  bool realtime = false;           // sleep as long as the flash would take
  std::optional<std::uint64_t> cut_power_at;  // flash operation of this power cycle
  std::string cut_variant = "torn";           // before, torn, after, weak
};

}  // namespace updraft::device
