// The options of `updraft device`.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "cli/key_options.hpp"
#include "cli/topic_help.hpp"
#include "cli/words/door_options.hpp"
#include "virtual_device/door.hpp"
#include "virtual_device/options.hpp"

namespace updraft::cli {

// As typed; resolve() makes `device` of the rest.
struct DeviceOptions {
  device::Options device;
  device::Doors doors;
  DoorOptions of_doors;
  std::uint64_t flash_size = 8u << 20;
  std::string pull;
  KeyFiles keys;
  std::string keyset, vendor, class_id;     // of signed updates
  std::vector<std::string> allow_unsigned;  // empty text: every scheme that is opened
  bool allow_unsigned_given = false;
  std::vector<std::string> retry;
  std::string confirm = "auto";
  std::string app = "healthy";
  std::string project;
  double confirm_after = 0.2;
  double healthy_after = 60, rescue_wait = 900;
  double confirm_within = 5;
  std::string max_block = "64K";
  int round_trip = 0;
  bool json = false;
};

// Those of options.doors as well.
void add_device_options(CLI::App& command, DeviceOptions& options);

// The short help, and what each word behind it adds. `examples`: whole lines; options.doors are
// there by now.
std::shared_ptr<TopicHelp> device_help(const DeviceOptions& options, const std::string& examples);

// The given options that only a new device uses: "--firmware, --partitions".
std::string given_for_new_device(const CLI::App& command);

// The models of flash that there are: "none, w25q32jv, ...".
std::string timing_names();

// Throws Stop(kUsage) if options make no sense, or not together.
void resolve(DeviceOptions& options);

}  // namespace updraft::cli
