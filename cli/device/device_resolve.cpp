// What the options of `updraft device` mean.
#include <charconv>

#include <fmt/format.h>

#include "cli/device/device_options.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "engine/format/chip.hpp"
#include "engine/suit/key_set.hpp"
#include "host/desk/url.hpp"
#include "host/signing/package_check.hpp"
#include "host/signing/product.hpp"
#include "sim/flash_timing.hpp"

namespace updraft::cli {
namespace {

bool is_fetched(const device::Options& device, Scheme scheme) {
  return device.pull && device.pull->scheme == scheme;
}

bool is_in_play(const device::Options& device, const device::Door& door) {
  return door.asked_for() || is_fetched(device, door.protocol());
}

// One that is in play, where a protocol has several.
const device::Door* find_door(const DeviceOptions& options, Scheme scheme) {
  const device::Door* found = nullptr;
  for (const auto& door : options.doors) {
    if (scheme != door->protocol()) continue;
    if (found == nullptr || is_in_play(options.device, *door)) found = door.get();
  }
  return found;
}

// What would bring it into play: "--http and --https open it".
std::string how_to_open(const device::Door& door, std::string_view what) {
  const std::vector<std::string> openers = door.openers();
  if (openers.empty()) return fmt::format("--pull fetches by {}", what);
  return fmt::format("{} {} {}", host::listed(openers, "and"),
                     openers.size() == 1 ? "opens" : "open", what);
}

void check_doors(const DeviceOptions& options) {
  // Of several doors of a protocol the last one has the options.
  options.of_doors.check([&options](Scheme scheme, const std::string& option) {
    std::string why;
    for (const auto& door : options.doors) {
      if (scheme != door->protocol()) continue;
      why = is_in_play(options.device, *door) ? door->why_unused(option) : how_to_open(*door, "it");
      if (why.empty()) break;
    }
    return why;
  });
  for (const auto& door : options.doors) {
    if (is_in_play(options.device, *door)) door->check();
  }
}

[[noreturn]] void not_opened(const DeviceOptions& options, const std::string& word) {
  std::string ways;
  for (const auto& door : options.doors) {
    if (door->openers().empty()) continue;
    ways += how_to_open(*door, name(door->protocol())) + ", ";
  }
  throw Stop(kUsage, fmt::format("--allow-unsigned={}: that scheme is not opened; {}--pull the one "
                                 "of its URL",
                                 word, ways));
}

void allow_unsigned(DeviceOptions& options) {
  if (!options.allow_unsigned_given) return;
  Policy& policy = options.device.policy;
  if (options.allow_unsigned.empty()) {
    for (const auto& door : options.doors) {
      if (is_in_play(options.device, *door)) policy.allow_unsigned(door->protocol());
    }
  }
  const std::vector<const Protocol*> known = host::protocols_of(options.doors);
  for (const std::string& word : options.allow_unsigned) {
    const host::KnownWord found = host::find_word(word, known);
    const device::Door* const door = find_door(options, found.scheme);
    if (door == nullptr || !is_in_play(options.device, *door)) not_opened(options, word);
    policy.allow_unsigned(found.scheme);
  }
}

void resolve_pull(DeviceOptions& options) {
  if (options.pull.empty()) return;
  const host::Url url = host::parse_url(options.pull, host::protocols_of(options.doors));
  if (!url.scheme->fetches || find_door(options, url.scheme) == nullptr) {
    throw Stop(kUsage, fmt::format("--pull: {} is pushed, never fetched", name(url.scheme)));
  }
  const std::size_t host = options.pull.find("://") + 3;
  if (!url.path.empty() && options.pull.find('/', host) == std::string::npos) {
    throw Stop(kUsage, fmt::format("--pull: name the file as well: {}/app.bin", options.pull));
  }
  options.device.pull = {url.scheme, url.host, url.port, url.text()};
}

ImageName image_named(const std::string& text) {
  const std::optional<ImageName> name = parse_image_name(text);
  if (!name) throw Stop(kUsage, "--retry: want the 16 hex digits that name the image");
  return *name;
}

// What came with the app.
void resolve_trusted(const DeviceOptions& options, sim::Trusted& trusted) {
  host::Id vendor{};
  if (!options.vendor.empty()) {
    vendor = host::read_vendor(options.vendor);
    trusted.vendor.assign(vendor.begin(), vendor.end());
  }
  if (!options.class_id.empty()) {
    if (options.vendor.empty() && options.class_id.find('/') != std::string::npos) {
      throw Stop(kUsage, "--class: names are of a vendor; give --vendor as well");
    }
    const host::Id id = host::read_class(vendor, options.class_id);
    trusted.class_id.assign(id.begin(), id.end());
  }
  if (options.keyset.empty()) return;
  trusted.key_set = read_key_set_file(options.keyset);
  const auto keys = suit::KeySet::read(trusted.key_set);
  const Result<> sound = keys ? suit::check_change(*keys, nullptr) : outcome_of(keys);
  if (!sound)
    throw Stop(sound.error(), "--keyset " + options.keyset + ": " + explain(sound.error()));
}

}  // namespace

void resolve(DeviceOptions& options) {
  device::Options& device = options.device;
  if (!device.chip.empty() && format::find_chip(device.chip) == nullptr) {
    throw Stop(kUsage, "there is no chip " + device.chip);
  }
  if (options.flash_size > UINT32_MAX) throw Stop(kUsage, "--flash-size: at most 128MB");
  device.flash_size = static_cast<std::uint32_t>(options.flash_size);
  if (sim::find_flash_timing(device.flash_timing) == nullptr) {
    throw Stop(kUsage, "--flash-timing: want one of " + timing_names());
  }
  resolve_pull(options);
  check_doors(options);
  device.keys = read_private_keys(options.keys);
  allow_unsigned(options);
  resolve_trusted(options, device.trusted);
  for (const std::string& name : options.retry) device.retry.push_back(image_named(name));
  device.policy.retry = device.retry;
  device.policy.project = options.project;
  device.confirm = options.confirm == "auto"     ? device::Confirm::automatic
                   : options.confirm == "manual" ? device::Confirm::manual
                                                 : device::Confirm::never;
  device.confirm_after = Millis(static_cast<std::int64_t>(options.confirm_after * 1000));
  device.healthy_after = Millis(static_cast<std::int64_t>(options.healthy_after * 1000));
  device.rescue_wait = Millis(static_cast<std::int64_t>(options.rescue_wait * 1000));
  device.confirm_within = Millis(static_cast<std::int64_t>(options.confirm_within * 1000));
  device.policy.max_block = options.max_block == "4K"    ? kFlashSector
                            : options.max_block == "32K" ? kFlashHalfBlock
                                                         : kFlashBlock;
  device.round_trip = Millis{options.round_trip};
  const bool modelled = device.flash_timing != "none";
  if (!modelled && (device.network_rate != 0 || device.flash_encryption)) {
    throw Stop(kUsage,
               "--network-rate and --flash-encryption belong to a model: add --flash-timing");
  }
  device.app = options.app == "crash" ? device::App::crash : device::App::healthy;
}

}  // namespace updraft::cli
