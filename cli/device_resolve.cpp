// What the options of `updraft device` mean.
#include <charconv>

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/device_options.hpp"
#include "cli/words/url.hpp"
#include "engine/format/chip.hpp"
#include "sim/flash_timing.hpp"

namespace updraft::cli {
namespace {

bool is_open(const device::Options& device, Scheme scheme) {
  return (scheme == kRaw && device.raw) || (scheme == kBundle && device.bundle) ||
         (scheme == kWs && (device.http || device.https)) ||
         (scheme == kControl && device.control) || (device.pull && device.pull->scheme == scheme);
}

void allow_unsigned(DeviceOptions& options) {
  if (!options.allow_unsigned_given) return;
  if (options.allow_unsigned.empty()) {
    for (const Protocol* const row : kProtocols) {
      if (is_open(options.device, *row)) options.device.policy.allow_unsigned(*row);
    }
  }
  for (const std::string& word : options.allow_unsigned) {
    const KnownWord known = find_word(word, kProtocols);
    if (known.url == nullptr || !is_open(options.device, known.scheme)) {
      throw Stop(kUsage,
                 fmt::format("--allow-unsigned={}: that scheme is not opened; --raw and "
                             "--bundle and --control open theirs, --http ws, --pull the one "
                             "of its URL",
                             word));
    }
    options.device.policy.allow_unsigned(known.scheme);
  }
}

ImageName parse_image_name(const std::string& text) {
  ImageName name{};
  if (text.size() < 2 * name.size()) {
    throw Stop(kUsage, "--retry: want the 16 hex digits that name the image");
  }
  for (std::size_t i = 0; i < name.size(); ++i) {
    unsigned byte = 0;
    const char* at = text.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, byte, 16);
    if (error != std::errc{} || end != at + 2)
      throw Stop(kUsage, "--retry: not a hex digit: " + text);
    name[i] = static_cast<std::byte>(byte);
  }
  return name;
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
  if (!options.pull.empty()) {
    const Url url = parse_url(options.pull);
    if (!url.scheme->fetches) {
      throw Stop(kUsage, fmt::format("--pull: {} is pushed, never fetched", name(url.scheme)));
    }
    device.pull = {.scheme = url.scheme, .host = url.host, .port = url.port, .url = url.text()};
  }
  device.cipher = read_cipher(options.cipher);
  if (device.cipher && device.pull && !is_open(device, kRaw)) {
    throw Stop(kUsage, "only raw TCP can be encrypted; leave the AES options out");
  }
  device.keys = read_private_keys(options.keys);
  if (device.bundle) device.password = read_password(options.password, Ask::no);
  allow_unsigned(options);
  for (const std::string& name : options.retry) device.retry.push_back(parse_image_name(name));
  device.policy.retry = device.retry;
  device.policy.project = options.project;
  device.confirm = options.confirm == "auto"     ? device::Confirm::automatic
                   : options.confirm == "manual" ? device::Confirm::manual
                                                 : device::Confirm::never;
  device.confirm_after = Millis(static_cast<std::int64_t>(options.confirm_after * 1000));
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
