#include "cli/device/device_options.hpp"

#include <algorithm>

#include "cli/words/chip_option.hpp"
#include "engine/format/version_order.hpp"
#include "host/desk/url.hpp"
#include "sim/flash_timing.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kNewDevice = "A new device (only the first time)";

// "v3.1" as 301; a number stays what it is.
std::string as_revision(std::string text) {
  if (text.starts_with('v')) text.erase(0, 1);
  const std::size_t dot = text.find('.');
  if (dot == text.npos) return text;
  const std::string minor = text.substr(dot + 1);
  const bool digits = text.find_first_not_of("0123456789.") == text.npos;
  if (!digits || dot == 0 || dot > 3 || minor.empty() || minor.size() > 2) {
    throw CLI::ValidationError("a revision is major and minor: v3.1");
  }
  return std::to_string(std::stoi(text) * 100 + std::stoi(minor));
}

void add_identity_options(CLI::App& command, DeviceOptions& options) {
  const char* group = kNewDevice;
  device::Options& device = options.device;
  command
      .add_option("--chip", device.chip,
                  "esp32, esp32c3, esp32s3, ...; default: as the firmware says")
      ->type_name("CHIP")
      ->transform(as_esptool_spells())
      ->group(group);
  command.add_option("--flash-size", options.flash_size, "1MB to 128MB")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("8MB")
      ->group(group);
  command
      .add_option("--partitions", device.partitions,
                  "partition table as CSV; default: two equal app slots")
      ->check(CLI::ExistingFile)
      ->group(group);
  command
      .add_option("--table-offset", device.table_offset,
                  "where the partition table stands, if not at 0x8000")
      ->group(group);
  command.add_option("--firmware", device.firmware, "image to begin with; default: a demo, 1.0.0")
      ->check(CLI::ExistingFile)
      ->group(group);
  command
      .add_option("--rescue", device.rescue,
                  "its rescue app, where the table has one of that name; default: a demo")
      ->check(CLI::ExistingFile)
      ->group(group);
  command.add_option("--bootloader", device.bootloader, "how its bootloader was built")
      ->check(CLI::IsMember({"plain", "rollback", "anti-rollback"}))
      ->capture_default_str()
      ->group(group);
  command.add_option("--chip-revision", device.chip_revision, "v3.1, or major * 100 + minor")
      ->transform(as_revision)
      ->group(group);
  command
      .add_option("--block-revision", device.block_revision,
                  "of its eFuse block; some images ask for one")
      ->transform(as_revision)
      ->group(group);
  command.add_option("--secure-version", device.secure_version, "anti-rollback counter in eFuse")
      ->group(group);
}

// "raw:// or req://", of the doors that fetch.
std::string fetched_words(device::DoorSpan doors) {
  std::vector<std::string> words;
  for (const auto& door : doors) {
    const std::string word = std::string(name(door->protocol())) + "://";
    const bool known = std::ranges::find(words, word) != words.end();
    if (door->protocol().fetches && !known) words.push_back(word);
  }
  return host::listed(words, "or");
}

// A label of a host name.
std::string is_device_name(const std::string& name) {
  constexpr const char* kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";
  constexpr std::size_t kMost = 50;  // of the 63 of a label: "-2" may follow
  const bool good = !name.empty() && name.size() <= kMost && name.front() != '-' &&
                    name.find_first_not_of(kLetters) == name.npos;
  return good ? "" : "want up to 50 letters, digits and hyphens, such as kitchen";
}

constexpr const char* kLinks = "How it takes updates";

void add_link_options(CLI::App& command, DeviceOptions& options) {
  device::Options& device = options.device;
  command.add_option("--listen", device.listen, "address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kLinks);
  for (const auto& door : options.doors) {
    options.of_doors.add(command, door->protocol(), kLinks,
                         [&door](CLI::App& to) { door->add_options(to); });
  }
  command
      .add_option("--name", device.name, "by which `updraft find` shows it; default: updraft-ID")
      ->check(is_device_name)
      ->group(kLinks);
  command.add_flag("!--no-mdns", device.announced, "do not tell the local network of it")
      ->group(kLinks);
  command
      .add_option("--pull", options.pull,
                  "fetch from " + fetched_words(options.doors) + "HOST[:PORT] after power-on")
      ->type_name("URL")
      ->group(kLinks);
  command
      .add_option("--in-place", device.in_place,
                  "a data partition that is received where it is; a cut leaves it incomplete")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->group(kLinks);
  command
      .add_option("--fs-autosize", device.fs_autosize,
                  "a data partition whose file system may be smaller than it")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->group(kLinks);
  add_private_key_options(command, options.keys);
}

// Takes [=SCHEME,...], once or several times.
void add_allow_unsigned(CLI::App& command, DeviceOptions& options) {
  const auto take = [&options](const std::vector<std::string>& schemes) {
    options.allow_unsigned_given = true;
    for (const std::string& list : schemes) {
      if (list.empty()) continue;  // the option alone
      for (std::string& scheme : CLI::detail::split(list + ",", ',')) {
        options.allow_unsigned.push_back(std::move(scheme));
      }
    }
  };
  command
      .add_option_function<std::vector<std::string>>(
          "--allow-unsigned", take, "let anybody who can connect install; =raw,req names schemes")
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("[SCHEME,...]")
      ->group(kLinks);
}

void add_signing_options(CLI::App& command, DeviceOptions& options) {
  command
      .add_option("--keyset", options.keyset,
                  "whom the device trusts from now on: it takes signed packages only")
      ->check(CLI::ExistingFile)
      ->group(kLinks);
  command
      .add_option("--vendor", options.vendor,
                  "its maker's domain, or the id: packages of others are refused")
      ->type_name("DOMAIN|HEX")
      ->group(kLinks);
  command
      .add_option("--class", options.class_id,
                  "PRODUCT/CHIP/HARDWARE, or the id: packages of others are refused")
      ->type_name("NAMES|HEX")
      ->group(kLinks);
}

void add_policy_options(CLI::App& command, DeviceOptions& options) {
  add_signing_options(command, options);
  add_allow_unsigned(command, options);
  command
      .add_flag("--require-hash", options.device.policy.require_hash,
                "refuse images without an appended SHA-256")
      ->group(kLinks);
  command
      .add_flag_callback(
          "--refuse-downgrade", [&options] { options.device.policy.is_older = &format::is_older; },
          "refuse a version that is older than what runs")
      ->group(kLinks);
  command.add_option("--project", options.project, "refuse images of another project name")
      ->type_name("NAME")
      ->group(kLinks);
  command
      .add_option("--retry", options.retry,
                  "let a rolled-back image in again, named by its 16 hex digits")
      ->type_name("DIGEST")
      ->group(kLinks);
}

constexpr const char* kBehaviour = "How it behaves";

void add_trial_options(CLI::App& command, DeviceOptions& options) {
  command.add_option("--confirm", options.confirm, "who confirms a new image")
      ->check(CLI::IsMember({"auto", "manual", "never"}))
      ->capture_default_str()
      ->group(kBehaviour);
  command
      .add_option("--confirm-after", options.confirm_after,
                  "seconds that the self-test takes before --confirm auto confirms")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str()
      ->group(kBehaviour);
  command
      .add_option("--confirm-within", options.confirm_within,
                  "seconds until a device that is never confirmed restarts")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(kBehaviour);
  command
      .add_option("--healthy-after", options.healthy_after,
                  "seconds of running after which a crash before them counts no more")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(kBehaviour);
  command
      .add_option("--rescue-wait", options.rescue_wait,
                  "seconds without an update until the rescue app goes back to the app that asked")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(kBehaviour);
  command.add_option("--app", options.app, "what a new image does before it is confirmed")
      ->check(CLI::IsMember({"healthy", "crash"}))
      ->capture_default_str()
      ->group(kBehaviour);
}

void add_timing_options(CLI::App& command, DeviceOptions& options) {
  device::Options& device = options.device;
  command
      .add_option("--flash-timing", device.flash_timing,
                  "model the flash's time: " + timing_names())
      ->type_name("PROFILE")
      ->group(kBehaviour);
  command
      .add_option("--max-block", options.max_block,
                  "longest flash erase, for products with tight watchdogs")
      ->check(CLI::IsMember({"4K", "32K", "64K"}))
      ->capture_default_str()
      ->group(kBehaviour);
  command
      .add_flag("--flash-encryption", device.flash_encryption,
                "model the slower programs of flash encryption")
      ->group(kBehaviour);
  command
      .add_option("--network-rate", device.network_rate,
                  "model a network of so many bytes per second, with a chip's TCP window")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES")
      ->group(kBehaviour);
  command.add_option("--round-trip", options.round_trip, "of that network, in milliseconds")
      ->check(CLI::Range(0, 10'000))
      ->type_name("MS")
      ->group(kBehaviour);
  command.add_flag("--realtime", device.realtime, "be as slow as that flash")->group(kBehaviour);
}

void add_power_cut_options(CLI::App& command, device::Options& device) {
  command
      .add_option("--cut-power-at", device.cut_power_at,
                  "kill the device at flash operation N (a page, a sector or a block), from 0")
      ->type_name("N")
      ->group(kBehaviour);
  command.add_option("--cut", device.cut_variant, "how that operation ends")
      ->check(CLI::IsMember({"before", "torn", "after", "weak"}))
      ->capture_default_str()
      ->group(kBehaviour);
}

}  // namespace

std::string timing_names() {
  std::string names;
  for (const sim::FlashTiming& timing : sim::flash_timings()) {
    names += (names.empty() ? "" : ", ") + std::string(timing.name);
  }
  return names;
}

std::string given_for_new_device(const CLI::App& command) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    const bool given = option->get_group() == kNewDevice && option->count() != 0;
    if (given && option->get_name() != "--chip") {  // which is checked
      names += (names.empty() ? "" : ", ") + option->get_name();
    }
  }
  return names;
}

void add_device_options(CLI::App& command, DeviceOptions& options) {
  command.add_option("--state", options.device.state, "directory that is the device")
      ->required()
      ->type_name("DIR");
  command.add_flag("--json", options.json, "one object per line");
  add_identity_options(command, options);
  add_link_options(command, options);
  add_policy_options(command, options);
  add_trial_options(command, options);
  add_timing_options(command, options);
  add_power_cut_options(command, options.device);
}

}  // namespace updraft::cli
