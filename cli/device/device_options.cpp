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
constexpr const char* kLet = "What it lets in";
constexpr const char* kNetwork = "On the network";
constexpr const char* kBehaviour = "How it behaves";

void add_link_options(CLI::App& command, DeviceOptions& options) {
  device::Options& device = options.device;
  command.add_option("--listen", device.listen, "address to listen on")
      ->type_name("ADDRESS")
      ->capture_default_str()
      ->group(kNetwork);
  for (const auto& door : options.doors) {
    options.of_doors.add(command, door->protocol(), kLinks,
                         [&door](CLI::App& to) { door->add_options(to); });
  }
  command
      .add_option("--name", device.name, "by which `updraft find` shows it; default: updraft-ID")
      ->check(is_device_name)
      ->group(kNetwork);
  command.add_flag("!--no-mdns", device.announced, "do not tell the local network of it")
      ->group(kNetwork);
  command
      .add_option("--pull", options.pull,
                  "fetch after power-on: " + fetched_words(options.doors) + "HOST")
      ->type_name("URL")
      ->group(kLinks);
  command
      .add_option("--in-place", device.in_place,
                  "a data partition that is received where it is; a cut leaves it incomplete")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->group(kBehaviour);
  command
      .add_option("--now", device.now,
                  "a data partition that the product unmounts for an update: no restart is needed")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->group(kBehaviour);
  command
      .add_option("--fs-autosize", device.fs_autosize,
                  "a data partition whose file system may be smaller than it")
      ->type_name("LABEL")
      ->allow_extra_args(false)
      ->group(kBehaviour);
  add_private_key_options(command, options.keys);
  for (const char* const name : {"--rsa-key", "--ecies-key"}) {
    command.get_option(name)->group(kLet);
  }
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
          "--allow-unsigned", take, "let in whoever can connect; =raw,req names schemes")
      ->expected(0, 1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->type_name("[SCHEME,...]")
      ->group(kLet);
}

void add_signing_options(CLI::App& command, DeviceOptions& options) {
  command.add_option("--keyset", options.keyset, "whom it trusts: it takes signed packages only")
      ->check(CLI::ExistingFile)
      ->group(kLet);
  command
      .add_option("--vendor", options.vendor,
                  "its maker's domain, or the id: packages of others are refused")
      ->type_name("DOMAIN|HEX")
      ->group(kLet);
  command
      .add_option("--class", options.class_id,
                  "PRODUCT/CHIP/HARDWARE, or the id: packages of others are refused")
      ->type_name("NAMES|HEX")
      ->group(kLet);
}

void add_policy_options(CLI::App& command, DeviceOptions& options) {
  add_signing_options(command, options);
  add_allow_unsigned(command, options);
  command
      .add_option_function<std::string>(
          "--allow-target",
          [&options](const std::string&) { options.device.takes_unsigned_rescue = true; },
          "rescue: where it holds no keys, let an unsigned rescue app in as well")
      ->check(CLI::IsMember({"rescue"}))
      ->type_name("TARGET")
      ->group(kLet);
  command
      .add_option("--min-rescue", options.device.min_rescue,
                  "say at each start that its rescue app is older than this")
      ->type_name("VERSION")
      ->group(kBehaviour);
  command
      .add_flag("--require-hash", options.device.policy.require_hash,
                "refuse images without an appended SHA-256")
      ->group(kLet);
  command
      .add_flag_callback(
          "--refuse-downgrade", [&options] { options.device.policy.is_older = &format::is_older; },
          "refuse a version that is older than what runs")
      ->group(kLet);
  command.add_option("--project", options.project, "refuse images of another project name")
      ->type_name("NAME")
      ->group(kLet);
  command
      .add_option("--retry", options.retry,
                  "let a rolled-back image in again, named by its 16 hex digits")
      ->type_name("DIGEST")
      ->group(kLet);
}

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

namespace {

// The lines of `examples` that have one of these words.
std::string examples_with(const std::vector<std::string>& words, const std::string& examples) {
  std::string found;
  for (std::size_t at = 0; at < examples.size();) {
    const std::size_t end = examples.find('\n', at) + 1;
    const std::string line = examples.substr(at, end - at);
    const auto has = [&line](const std::string& one) { return line.contains(one); };
    if (std::ranges::any_of(words, has)) found += line;
    at = end;
  }
  return found.empty() ? "" : "Examples:\n" + found;
}

// Of all doors of a protocol.
HelpTopic topic_of(Scheme scheme, const DeviceOptions& options, const std::string& examples) {
  HelpTopic topic;
  for (const UrlWord& url : scheme->words) topic.words.emplace_back(url.word);
  std::vector<std::string> openers, shown;
  for (const auto& door : options.doors) {
    if (scheme != door->protocol()) continue;
    for (const std::string& one : door->openers()) openers.push_back(one);
  }
  for (const std::string& one : openers) shown.push_back(one + " ");
  for (const std::string& one : topic.words) shown.push_back("--pull " + one + ":");
  topic.footer = examples_with(shown, examples);
  topic.has = [&options, scheme, openers](const CLI::Option& one) {
    return options.of_doors.has(one, scheme) ||
           std::ranges::find(openers, one.get_name()) != openers.end();
  };
  return topic;
}

HelpTopic topic_of(std::string word, const std::string& group) {
  return {.words = {std::move(word)},
          .has = [group](const CLI::Option& one) { return one.get_group() == group; },
          .arguments = {},
          .footer = ""};
}

// What the short help shows: every way in, and whom it lets in.
bool is_in_brief(const CLI::Option& one, const DeviceOptions& options) {
  const std::string name = one.get_name();
  if (one.get_group() == "Options") return true;
  if (name == "--pull" || name == "--keyset" || name == "--allow-unsigned") return true;
  return std::ranges::any_of(options.doors, [&name](const auto& door) {
    const auto openers = door->openers();
    return std::ranges::find(openers, name) != openers.end();
  });
}

}  // namespace

std::shared_ptr<TopicHelp> device_help(const DeviceOptions& options, const std::string& examples) {
  std::vector<HelpTopic> topics;
  std::string words;
  for (const auto& door : options.doors) {
    const Scheme scheme = door->protocol();
    const std::string word(name(scheme));
    if (std::ranges::any_of(topics, [&](const HelpTopic& one) { return one.words[0] == word; }))
      continue;
    topics.push_back(topic_of(scheme, options, examples));
    words += (words.empty() ? "" : ", ") + word;
  }
  topics.push_back(topic_of("new", kNewDevice));
  topics.push_back(topic_of("behaviour", kBehaviour));
  topics.push_back(topic_of("network", kNetwork));
  topics.push_back(topic_of("policy", kLet));
  return std::make_shared<TopicHelp>(
      std::move(topics), [&options](const CLI::Option& one) { return !is_in_brief(one, options); },
      "The same --state again is a power cycle; killing the process is a power cut. Console "
      "(standard input): confirm, rollback, arm, reboot, status.\n"
      "updraft device --help WORD tells the options of one protocol: " +
          words +
          "; of new (devices), behaviour, network and policy. updraft man device has all of "
          "them.\n"
          "Examples:\n"
          "  updraft device --state d --firmware v1.bin --raw 18000 --allow-unsigned\n"
          "  updraft device --state d --http 8080 --keyset product.keyset\n");
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
