// updraft device: a virtual ESP32.
#include <charconv>
#include <csignal>

#include <fmt/format.h>

#include "cli/cipher_options.hpp"
#include "cli/command.hpp"
#include "cli/device_printer.hpp"
#include "cli/password.hpp"
#include "cli/url.hpp"
#include "device/virtual_device.hpp"
#include "sim/flash_timing.hpp"

namespace updraft::cli {
namespace {

// As typed; resolve() turns it into device::Options.
struct DeviceOptions {
  device::Options device;
  std::uint64_t flash_size = 8u << 20;
  std::string pull;
  CipherOptions cipher;
  PasswordOptions password;
  std::vector<std::string> allow_unsigned;  // empty text: every scheme that is opened
  bool allow_unsigned_given = false;
  std::vector<std::string> retry;
  std::string confirm = "auto";
  std::string app = "healthy";
  std::string project;
  double confirm_after = 0.2;
  double confirm_within = 5;
  std::string max_block = "64K";
  int round_trip = 0;
  bool json = false;
};

bool is_open(const device::Options& device, Scheme scheme) {
  return (scheme == Scheme::raw && device.raw) || (scheme == Scheme::bundle && device.bundle) ||
         (scheme == Scheme::ws && device.http) || (device.pull && device.pull->scheme == scheme);
}

void allow_unsigned(DeviceOptions& options) {
  if (!options.allow_unsigned_given) return;
  if (options.allow_unsigned.empty()) {
    for (const UrlScheme& known : kUrlSchemes) {
      if (is_open(options.device, known.scheme)) options.device.policy.allow_unsigned(known.scheme);
    }
  }
  for (const std::string& word : options.allow_unsigned) {
    const UrlScheme* const known = find_url_scheme(word);
    if (known == nullptr || !is_open(options.device, known->scheme)) {
      throw Stop(kUsage, fmt::format("--allow-unsigned={}: that scheme is not opened; --raw and "
                                     "--bundle open theirs, --http ws, --pull the one of its URL",
                                     word));
    }
    options.device.policy.allow_unsigned(known->scheme);
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

std::string timing_names() {
  std::string names;
  for (const sim::FlashTiming& timing : sim::flash_timings()) {
    names += (names.empty() ? "" : ", ") + std::string(timing.name);
  }
  return names;
}

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
    if (url.scheme != Scheme::raw && url.scheme != Scheme::req) {
      throw Stop(kUsage, fmt::format("--pull: {} is pushed, never fetched", name(url.scheme)));
    }
    device.pull = {.scheme = url.scheme, .host = url.host, .port = url.port, .url = url.text()};
  }
  device.cipher = read_cipher(options.cipher);
  if (device.cipher && device.pull && !is_open(device, Scheme::raw)) {
    throw Stop(kUsage, "only raw TCP can be encrypted; leave the AES options out");
  }
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

// One power cycle in this process; a reset replaces the process, so this returns only at the end.
int run(DeviceOptions& options, char** arguments) {
  std::signal(SIGTTIN, SIG_IGN);  // in the background there is no console, and that is fine
  resolve(options);
  std::optional<device::Reset> reset;
  {
    DevicePrinter printer(options.json);
    device::VirtualDevice device(options.device, printer, device::last_reset());
    reset = device.run();
  }
  if (reset) device::restart(arguments, *reset);
  return kOk;
}

constexpr const char* kNewDevice = "A new device (only the first time)";

std::string given_in_group(const CLI::App& command, const std::string& group) {
  std::string names;
  for (const CLI::Option* option : command.get_options()) {
    const bool given = option->get_group() == group && option->count() != 0;
    if (given && option->get_name() != "--chip") {  // which is checked
      names += (names.empty() ? "" : ", ") + option->get_name();
    }
  }
  return names;
}

void add_identity_options(CLI::App& command, DeviceOptions& options) {
  const char* group = kNewDevice;
  device::Options& device = options.device;
  command
      .add_option("--chip", device.chip,
                  "esp32, esp32c3, esp32s3, ...; default: as the firmware says")
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
  command.add_option("--firmware", device.firmware, "image to begin with; default: a demo, 1.0.0")
      ->check(CLI::ExistingFile)
      ->group(group);
  command.add_option("--bootloader", device.bootloader, "how its bootloader was built")
      ->check(CLI::IsMember({"plain", "rollback", "anti-rollback"}))
      ->capture_default_str()
      ->group(group);
  command.add_option("--chip-revision", device.chip_revision, "major * 100 + minor")->group(group);
  command.add_option("--secure-version", device.secure_version, "anti-rollback counter in eFuse")
      ->group(group);
}

void add_link_options(CLI::App& command, DeviceOptions& options) {
  const char* group = "How it takes updates";
  device::Options& device = options.device;
  command.add_option("--listen", device.listen, "address to listen on")
      ->capture_default_str()
      ->group(group);
  command.add_option("--raw", device.raw, "raw TCP on this port; 0: any free one")->group(group);
  command
      .add_option("--bundle", device.bundle,
                  "files and firmware from who knows the password, on this port; 0: any free one")
      ->group(group);
  add_password_options(command, options.password);
  command
      .add_option("--http", device.http,
                  "the update page and ws:// updates on this port; 0: any free one")
      ->group(group);
  command
      .add_option("--host-name", device.host_names,
                  "a name by which browsers reach the page, such as kitchen.local")
      ->type_name("NAME")
      ->group(group);
  command
      .add_option("--pull", options.pull, "fetch from raw:// or req://HOST[:PORT] after power-on")
      ->group(group);
  add_cipher_options(command, options.cipher);
  command
      .add_option_function<std::vector<std::string>>(
          "--allow-unsigned",
          [&options](const std::vector<std::string>& schemes) {
            options.allow_unsigned_given = true;
            for (const std::string& list : schemes) {
              for (std::string& scheme : CLI::detail::split(list, ',')) {
                if (!scheme.empty()) options.allow_unsigned.push_back(std::move(scheme));
              }
            }
          },
          "let anybody who can connect install; =raw,req names schemes")
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("[SCHEME,...]")
      ->group(group);
  command
      .add_flag("--require-hash", device.policy.require_hash,
                "refuse images without an appended SHA-256")
      ->group(group);
  command.add_option("--project", options.project, "refuse images of another project name")
      ->group(group);
  command
      .add_option("--retry", options.retry,
                  "let a rolled-back image in again, named by its 16 hex digits")
      ->type_name("DIGEST")
      ->group(group);
}

void add_behaviour_options(CLI::App& command, DeviceOptions& options) {
  const char* group = "How it behaves";
  device::Options& device = options.device;
  command.add_option("--confirm", options.confirm, "who confirms a new image")
      ->check(CLI::IsMember({"auto", "manual", "never"}))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--confirm-after", options.confirm_after,
                  "seconds that the self-test takes before --confirm auto confirms")
      ->check(CLI::Range(0.0, 86400.0))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--confirm-within", options.confirm_within,
                  "seconds until a device that is never confirmed restarts")
      ->check(CLI::Range(0.1, 86400.0))
      ->capture_default_str()
      ->group(group);
  command.add_option("--app", options.app, "what a new image does before it is confirmed")
      ->check(CLI::IsMember({"healthy", "crash"}))
      ->capture_default_str()
      ->group(group);
  command
      .add_option("--flash-timing", device.flash_timing,
                  "model the flash's time: " + timing_names())
      ->type_name("PROFILE")
      ->group(group);
  command
      .add_option("--max-block", options.max_block,
                  "longest flash erase, for products with tight watchdogs")
      ->check(CLI::IsMember({"4K", "32K", "64K"}))
      ->capture_default_str()
      ->group(group);
  command
      .add_flag("--flash-encryption", device.flash_encryption,
                "model the slower programs of flash encryption")
      ->group(group);
  command
      .add_option("--network-rate", device.network_rate,
                  "model a network of so many bytes per second, with a chip's TCP window")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES")
      ->group(group);
  command.add_option("--round-trip", options.round_trip, "of that network, in milliseconds")
      ->check(CLI::Range(0, 10'000))
      ->type_name("MS")
      ->group(group);
  command.add_flag("--realtime", device.realtime, "be as slow as that flash")->group(group);
  command
      .add_option("--cut-power-at", device.cut_power_at,
                  "kill the device at flash operation N (a page, a sector or a block), from 0")
      ->type_name("N")
      ->group(group);
  command.add_option("--cut", device.cut_variant, "how that operation ends")
      ->check(CLI::IsMember({"before", "torn", "after", "weak"}))
      ->capture_default_str()
      ->group(group);
}

}  // namespace

void add_device(CLI::App& app, int& status) {
  const auto options = std::make_shared<DeviceOptions>();
  CLI::App* command = app.add_subcommand("device", "Run a virtual ESP32.");
  command->add_option("--state", options->device.state, "directory that is the device")
      ->required()
      ->type_name("DIR");
  command->add_flag("--json", options->json, "one object per line");
  add_identity_options(*command, *options);
  add_link_options(*command, *options);
  add_behaviour_options(*command, *options);
  command->footer(
      "The same --state again is a power cycle; killing the process is a power cut.\n"
      "Console (standard input): confirm, rollback, reboot, status.\n"
      "Examples:\n"
      "  updraft device --state d --raw 18000 --allow-unsigned\n"
      "  updraft device --state d --firmware app.bin --raw 0 --allow-unsigned --json\n"
      "  updraft device --state d --http 8080 --allow-unsigned      # page at "
      "http://127.0.0.1:8080\n"
      "  updraft device --state d --raw 18000 --allow-unsigned --app crash\n"
      "  updraft device --state d --raw 18000 --allow-unsigned --flash-timing w25q32jv "
      "--network-rate 300K\n"
      "  updraft device --state d --bundle 8266 --password-file secret\n"
      "  updraft device --state d --pull raw://192.168.1.2:18000 --allow-unsigned\n"
      "  updraft device --state d --pull req://192.168.1.2:8070 --allow-unsigned=req\n");
  command->callback([options, command, &status] {
    options->device.only_for_new = given_in_group(*command, kNewDevice);
    status = run(*options, program_arguments());
  });
}

}  // namespace updraft::cli
