// What a virtual device is and how it misbehaves: the knobs of `updraft device`.
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
#include "protocols/raw/raw_cipher.hpp"

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
  Scheme scheme = kRaw;
  std::string host;
  std::uint16_t port = 0;
  std::string url;  // the same, to be shown
};

struct Options {
  std::filesystem::path state;  // directory; holds everything

  // Only for a new state.
  std::string chip;                     // empty: as the firmware says, else esp32c3
  std::uint32_t flash_size = 8u << 20;  // bytes
  std::filesystem::path partitions;     // CSV; empty: two equal slots
  std::filesystem::path firmware;       // empty: a demo image, version 1.0.0
  std::string bootloader = "rollback";  // plain, rollback, anti-rollback
  std::uint32_t secure_version = 0;     // in eFuse
  std::optional<std::uint16_t> chip_revision;

  std::string only_for_new;  // those of the above that were given, for a warning

  // How it can be reached.
  std::string listen = "127.0.0.1";
  std::optional<std::uint16_t> raw;                // 0: any free port
  std::optional<std::uint16_t> bundle;             // 0: any free port
  std::optional<std::uint16_t> http;               // 0: any free port
  std::optional<std::uint16_t> https;              // 0: any free port
  std::filesystem::path tls_certificate, tls_key;  // of https; empty: the device's own
  std::vector<std::string> host_names;             // of http, besides its addresses
  std::optional<std::filesystem::path> control;    // a link to a serial line, to be made
  std::string password;                            // of bundle
  std::optional<PullFrom> pull;
  std::optional<link::RawCipher> cipher;  // of raw, both ways

  std::shared_ptr<format::SealedKeys> keys;  // open pre-encrypted images; may be nullptr

  Policy policy;
  std::vector<ImageName> retry;  // policy.retry points here

  // How it behaves.
  Confirm confirm = Confirm::automatic;
  Millis confirm_after{200};     // with `automatic`: how long the self-test takes
  Millis confirm_within{5'000};  // with `never`: when the device gives up waiting
  App app = App::healthy;
  std::string flash_timing = "none";
  bool flash_encryption = false;   // of the modelled time only
  std::uint64_t network_rate = 0;  // modelled bytes per second; 0: no network is modelled
  Millis round_trip{0};            // of that network
  bool realtime = false;           // sleep as long as the flash would take
  std::optional<std::uint64_t> cut_power_at;  // flash operation of this power cycle
  std::string cut_variant = "torn";           // before, torn, after, weak
};

}  // namespace updraft::device
