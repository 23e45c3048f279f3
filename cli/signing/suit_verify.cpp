// updraft suit verify: what a device with this KeySet would say.
#include <fmt/format.h>

#include "cli/signing/commands.hpp"
#include "cli/signing/package_words.hpp"
#include "cli/signing/signing_options.hpp"
#include "cli/signing/suit.hpp"
#include "cli/words/text.hpp"
#include "engine/core/hex.hpp"
#include "engine/suit/token.hpp"
#include "host/signing/package_check.hpp"
#include "host/signing/product.hpp"
#include "host/signing/unpacked.hpp"

namespace updraft::cli {
namespace {

constexpr std::uint8_t kOneByteTag = 0xd8, kKeySetTag = 98, kTokenTag = 0xd2;

struct VerifyOptions {
  std::string file, keyset, vendor, class_id, cp_class, device_id, nonce;
  std::optional<std::uint64_t> installed;
  std::vector<std::string> data;  // labels
  std::uint64_t slot = host::kMostImage;
  bool json = false;
};

// What the result event has besides its code.
struct Verdict {
  Result<> outcome;
  boost::json::object more = {};
};

std::vector<std::byte> id_of(const host::Id& id) { return {id.begin(), id.end()}; }

// The device that is asked for; ids live as long.
struct AskedDevice {
  explicit AskedDevice(const VerifyOptions& options) {
    if (!options.vendor.empty()) vendor = id_of(host::read_vendor(options.vendor));
    host::Id space{};
    std::ranges::copy(vendor, space.begin());
    const auto class_of = [&](const std::string& text) {
      if (vendor.empty() && text.find('/') != text.npos) {
        throw Stop(kUsage, "a class by its names is one of a vendor: give --vendor as well");
      }
      return text.empty() ? std::vector<std::byte>{} : id_of(host::read_class(space, text));
    };
    app = class_of(options.class_id);
    cp = class_of(options.cp_class);
    offered.push_back({as_bytes(suit::kAppComponent), app, options.slot});
    if (!cp.empty()) offered.push_back({as_bytes(suit::kCoProcessorComponent), cp, options.slot});
    for (const std::string& label : options.data) {
      names.push_back(host::file_system_component(label));
    }
    for (const auto& name : names) offered.push_back({name, app, host::kMostImage});
    state = {.vendor = vendor, .components = offered};
    if (options.installed) {
      state.has_installed = true;
      state.installed_sequence = *options.installed;
    }
  }
  AskedDevice(const AskedDevice&) = delete;
  AskedDevice& operator=(const AskedDevice&) = delete;

  std::vector<std::byte> vendor, app, cp;
  std::vector<std::vector<std::byte>> names;  // of data partitions
  std::vector<suit::OfferedComponent> offered;
  suit::DeviceState state;
};

Verdict verify_package(Bytes bytes, const suit::KeySet& keys, const VerifyOptions& options) {
  const AskedDevice device(options);
  const host::Checked checked = host::check_package(bytes, options.file, &keys, device.state);
  Verdict verdict{checked.outcome};
  if (checked.package) {
    verdict.more = {{"sequence", checked.package->manifest.sequence},
                    {"digest", hex(checked.package->envelope.digest)},
                    {"image_checked", !checked.image_unseen}};
  }
  return verdict;
}

Verdict verify_key_set(Bytes bytes, Bytes current_bytes, const suit::KeySet& current) {
  if (std::ranges::equal(bytes, current_bytes)) return {Result<>{}};  // nothing to do
  const auto offered = suit::KeySet::read(bytes);
  if (!offered) return {outcome_of(offered)};
  return {suit::check_change(*offered, &current), {{"version", offered->version}}};
}

Verdict verify_token(Bytes bytes, const suit::KeySet& keys, const VerifyOptions& options) {
  const auto token = suit::read_token(bytes);
  if (!token) return {outcome_of(token)};
  host::Id nonce;
  std::ranges::copy(token->nonce, nonce.begin());
  if (!options.nonce.empty() && !read_hex(options.nonce, nonce)) {
    throw Stop(kUsage, "--nonce: want 32 hex digits");
  }
  const std::string_view device =
      options.device_id.empty() ? token->device_id : std::string_view(options.device_id);
  return {suit::check_token(*token, keys, device, nonce), {{"now", token->now}}};
}

Verdict verify(Bytes bytes, Bytes keyset_bytes, const VerifyOptions& options) {
  const auto keys = suit::KeySet::read(keyset_bytes);
  const Result<> whole = keys ? suit::check_change(*keys, nullptr) : outcome_of(keys);
  if (!whole) {
    throw Stop(kRefused, options.keyset +
                             " is no KeySet that a device would hold: " + explain(whole.error()));
  }
  if (bytes.size() >= 2 && load_u8(bytes, 0) == kOneByteTag && load_u8(bytes, 1) == kKeySetTag) {
    return verify_key_set(bytes, keyset_bytes, *keys);
  }
  if (!bytes.empty() && load_u8(bytes, 0) == kTokenTag) {
    return verify_token(bytes, *keys, options);
  }
  return verify_package(bytes, *keys, options);
}

boost::json::object json_of(const Result<>& outcome) {
  boost::json::object object{{"result", outcome ? "ok" : "refused"}};
  if (outcome) return object;
  object["code"] = name(outcome.error().code);
  object["message"] = explain(outcome.error());
  return object;
}

int run(const VerifyOptions& options) {
  const Output output(options.json);
  const std::vector<std::byte> keyset = read_key_set_file(options.keyset);
  const std::vector<std::byte> bytes = host::read_suit_file(options.file);
  const Verdict verdict = verify(bytes, keyset, options);
  boost::json::object event{{"event", "result"}};
  for (const auto& [member, value] : json_of(verdict.outcome)) event[member] = value;
  for (const auto& [member, value] : verdict.more) event[member] = value;
  output.event(event);
  output.item(verdict.outcome ? "ok" : "REFUSED", verdict.outcome
                                                      ? "a device with this KeySet takes it"
                                                      : explain(verdict.outcome.error()));
  return verdict.outcome ? kOk : kRefused;
}

}  // namespace

void add_device_verdict(Finding& finding, Bytes bytes, const std::string& file,
                        const std::string& key_set) {
  VerifyOptions options;
  options.file = file;
  options.keyset = key_set;
  const Result<> outcome = verify(bytes, read_key_set_file(key_set), options).outcome;
  finding.advice.clear();  // to ask just that
  finding.json["device"] = json_of(outcome);
  finding.add("device",
              outcome ? "one that trusts this KeySet takes it, if it is its product"
                      : "one that trusts this KeySet refuses it: " + explain(outcome.error()));
}

void add_suit_verify(CLI::App& suit, int& status) {
  const auto options = std::make_shared<VerifyOptions>();
  CLI::App* command =
      suit.add_subcommand("verify", "Say what a device with this KeySet would say.");
  command->add_option("PKG", options->file, "a package; also a KeySet that follows, or a token")
      ->required();
  command->add_option("--keyset", options->keyset, "what the device trusts")
      ->type_name("FILE")
      ->required();
  command
      ->add_option("--vendor", options->vendor, "its maker's domain, or the id; not asked without")
      ->type_name("DOMAIN|HEX");
  command
      ->add_option("--class", options->class_id,
                   "PRODUCT/CHIP/HARDWARE, or the id; not asked without")
      ->type_name("NAMES|HEX");
  command
      ->add_option("--cp-class", options->cp_class, "the class of its co-processor, if it has one")
      ->type_name("NAMES|HEX");
  command->add_option("--fs", options->data, "a data partition that it has")->type_name("LABEL");
  command->add_option("--installed", options->installed, "the release that it has")
      ->type_name("SEQUENCE");
  command
      ->add_option("--slot-size", options->slot,
                   "bytes, also 1M; default: 16M, the largest there can be")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("");
  command->add_option("--device-id", options->device_id, "of a token: who asked")->type_name("ID");
  command->add_option("--nonce", options->nonce, "of a token: what was asked with")
      ->type_name("HEX");
  command->add_flag("--json", options->json, "one object for machines");
  command->footer(
      "Files are binary, or with the ending .hex hex digits. Exit status 0 if it would be taken, "
      "1 if not.\n"
      "Examples:\n"
      "  updraft suit verify lamp-7.suit --keyset product.keyset\n"
      "  updraft suit verify lamp-7.suit --keyset product.keyset --vendor example.com --class "
      "lamp/esp32c3/1 --installed 6\n");
  command->callback([options, &status] { status = run(*options); });
}

}  // namespace updraft::cli
