#include "cli/signing/package_words.hpp"

#include "cli/words/output.hpp"
#include "cli/words/text.hpp"
#include "engine/suit/package_content.hpp"
#include "host/desk/trouble.hpp"
#include "host/signing/project_settings.hpp"

namespace updraft::cli {
namespace {

namespace json = boost::json;

Finding invalid(std::string_view kind, const Error& error) {
  Finding finding{.valid = false, .json = {}, .lines = {}, .advice = {}};
  finding.json = {{"kind", kind}, {"code", name(error.code)}, {"message", explain(error)}};
  finding.add("INVALID", explain(error));
  return finding;
}

// "app", "fs storage"
std::string component_name(Bytes name) {
  suit::CborReader in(name);
  std::string text;
  for (std::uint64_t parts = in.array(); parts != 0; --parts) {
    text += (text.empty() ? "" : " ") + std::string(as_text(in.bytes()));
  }
  return printable(text);
}

// [1, 2, 3, -2, 4] is 1.2.3-beta.4
std::string version_text(Bytes version) {
  constexpr std::string_view kMarks[] = {"rc", "beta", "alpha"};
  suit::CborReader in(version);
  std::string text;
  for (std::uint64_t items = in.array(); items != 0; --items) {
    const suit::CborReader::Head head = in.head();
    if (head.major == suit::Major::nint) {
      text += "-" + std::string(kMarks[std::min<std::uint64_t>(head.value, 2)]);
    } else {
      text += (text.empty() ? "" : ".") + std::to_string(head.value);
    }
  }
  return text;
}

void add_signers(Finding& finding, std::span<const suit::SignatureBlock> blocks) {
  json::array signers;
  for (const suit::SignatureBlock& block : blocks) {
    const std::string who = block.kid.empty() ? "a key that it does not name" : hex(block.kid);
    finding.add("signed by", who);
    signers.push_back(block.kid.empty() ? json::value(nullptr) : json::value(who));
  }
  if (blocks.empty()) finding.add("unsigned", "nobody has signed it");
  finding.json["signed_by"] = std::move(signers);
}

using Project = std::optional<host::ProjectSettings>;

// One that cannot be read says nothing of a package.
Project project_of(const std::string& file) {
  try {
    return host::find_settings(file);
  } catch (const host::Trouble&) {
    return std::nullopt;
  }
}

std::optional<std::string> product_of(const suit::Component& component, const Project& project) {
  if (!project) return std::nullopt;
  try {
    return project->product_of(component.vendor, component.class_id);
  } catch (const host::Trouble&) {
    return std::nullopt;
  }
}

void add_component(Finding& finding, const suit::Component& component, const Project& project,
                   json::array& components) {
  const std::string what = component_name(component.name);
  finding.add(what, fmt::format("{} bytes, SHA-256 {}", component.size, hex(component.digest)));
  const std::optional<std::string> product = product_of(component, project);
  finding.add(
      "", product ? fmt::format("for {}, as {} has it", printable(*product), host::kSettingsName)
                  : fmt::format("for class {} of vendor {}", hex(component.class_id),
                                hex(component.vendor)));
  finding.add(
      "", fmt::format("sent as {}{}", printable(component.uri),
                      component.fetch ? fmt::format(", {} bytes in {} chunks", component.transfer(),
                                                    component.fetch->index.chunks())
                                      : std::string(", nothing is checked on the way")));
  components.push_back({{"component", what},
                        {"vendor", hex(component.vendor)},
                        {"class", hex(component.class_id)},
                        {"size", component.size},
                        {"sha256", hex(component.digest)},
                        {"uri", printable(component.uri)},
                        {"transfer", component.transfer()}});
  if (product) components.back().as_object()["product"] = printable(*product);
}

void add_manifest(Finding& finding, const suit::Manifest& manifest, const Project& project) {
  finding.json["sequence"] = manifest.sequence;
  std::string release = fmt::format("number {}", manifest.sequence);
  if (!manifest.version.empty()) {
    finding.json["version"] = version_text(manifest.version);
    release += ", version " + version_text(manifest.version);
  }
  finding.add("release", release);
  json::array components;
  for (const suit::Component& component : manifest.all()) {
    add_component(finding, component, project, components);
  }
  finding.json["components"] = std::move(components);
}

// What is wrong with it, apart from who signed.
Result<> soundness(Bytes package, const suit::Envelope& envelope, const Project& project,
                   Finding& finding) {
  const auto members = suit::read_members(envelope, package);
  if (!members) return members.error();
  const auto manifest = suit::read_manifest(envelope.manifest);
  if (!manifest) return manifest.error();
  add_manifest(finding, *manifest, project);
  return suit::check_payloads(package, *members);
}

void add_role(Finding& finding, const suit::KeySet& set, suit::Role which, const char* word) {
  const suit::RoleKeys& role = set.role(which);
  json::array keys;
  std::string text;
  for (std::size_t i = 0; i < role.count; ++i) {
    const crypto::Sha256Digest print = suit::thumbprint(set.key(role.indexes[i]));
    const std::string kid = hex(Bytes(print).first(suit::kKidBytes));
    text += (text.empty() ? "" : ", ") + kid;
    keys.push_back(json::string(kid));
  }
  finding.add(word, role.count == 0
                        ? std::string("not used")
                        : fmt::format("{} of {}: {}", role.threshold, role.count, text));
  finding.json[word] = {{"threshold", role.threshold}, {"keys", std::move(keys)}};
}

void add_digests(Finding& finding, Bytes list, const char* word, const char* member) {
  json::array digests;
  suit::CborReader in(list);
  while (in.good() && !in.at_end()) {
    const std::string digest = hex(in.bytes(suit::kDigestBytes));
    finding.add(word, digest);
    digests.push_back(json::string(digest));
  }
  finding.json[member] = std::move(digests);
}

void add_floors(Finding& finding, const suit::KeySet& set) {
  json::array floors;
  for (std::size_t i = 0; i < set.floor_count; ++i) {
    const suit::Floor floor = set.floor(i);
    finding.add("floor",
                fmt::format("release {} of class {}", floor.sequence, hex(floor.class_id)));
    floors.push_back({{"class", hex(floor.class_id)}, {"sequence", floor.sequence}});
  }
  finding.json["floors"] = std::move(floors);
}

}  // namespace

Finding describe_package(Bytes package, const std::string& file) {
  const auto envelope = suit::read_envelope(package);
  if (!envelope) return invalid("signed_package", envelope.error());
  Finding finding;
  finding.json = {{"kind", "signed_package"}, {"digest", hex(envelope->digest)}};
  finding.add("package",
              fmt::format("{} bytes, manifest {}", package.size(), hex(envelope->digest)));
  suit::Signatures signatures;
  if (envelope->block_count != 0) {
    const auto read = suit::read_signatures(*envelope);
    if (!read) return invalid("signed_package", read.error());
    signatures = *read;
  }
  add_signers(finding, signatures.all());
  if (const Result<> sound = soundness(package, *envelope, project_of(file), finding); !sound) {
    finding.valid = false;
    finding.json["code"] = name(sound.error().code);
    finding.json["message"] = explain(sound.error());
    finding.add("INVALID", explain(sound.error()));
    return finding;
  }
  finding.advice.emplace_back(
      "whether a device trusts who signed: updraft suit verify PKG --keyset FILE");
  return finding;
}

Finding describe_key_set(Bytes key_set) {
  const auto set = suit::KeySet::read(key_set);
  if (!set) return invalid("key_set", set.error());
  Finding finding;
  finding.json = {{"kind", "key_set"}, {"version", set->version}};
  finding.add("KeySet", fmt::format("version {}, {} bytes", set->version, key_set.size()));
  add_role(finding, *set, suit::Role::root, "root");
  add_role(finding, *set, suit::Role::release, "release");
  add_role(finding, *set, suit::Role::freshness, "freshness");
  add_floors(finding, *set);
  add_digests(finding, set->revoked, "revoked", "revoked");
  add_digests(finding, set->image_keys, "image key", "image_keys");
  add_signers(finding, std::span(set->signatures).first(set->signature_count));
  if (const Result<> whole = suit::check_change(*set, nullptr); !whole) {
    finding.valid = false;
    finding.json["code"] = name(whole.error().code);
    finding.json["message"] = explain(whole.error());
    finding.add("INVALID", explain(whole.error()));
  }
  return finding;
}

Finding describe_token(Bytes bytes) {
  const auto token = suit::read_token(bytes);
  if (!token) return invalid("freshness_token", token.error());
  Finding finding;
  finding.json = {{"kind", "freshness_token"},
                  {"device", printable(token->device_id)},
                  {"nonce", hex(token->nonce)},
                  {"now", token->now},
                  {"class", hex(token->class_id)},
                  {"newest_sequence", token->newest_sequence},
                  {"newest_manifest", hex(token->newest_manifest)},
                  {"newest_keyset", token->newest_key_set}};
  finding.add("token", fmt::format("for device {}, nonce {}", printable(token->device_id),
                                   hex(token->nonce)));
  finding.add("", fmt::format("at {} s of Unix time the newest release of class {} is {}",
                              token->now, hex(token->class_id), token->newest_sequence));
  finding.add("", fmt::format("with manifest {}, and the newest KeySet {}",
                              hex(token->newest_manifest), token->newest_key_set));
  add_signers(finding, {&token->signature, 1});
  return finding;
}

}  // namespace updraft::cli
