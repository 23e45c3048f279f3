// The vectors of signed packages (tests/golden/suit) with the devices that judge them, as
// vectors.json has them.
#pragma once
#include <map>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "engine/suit/package_content.hpp"
#include "engine/suit/token.hpp"
#include "tests/golden/golden.hpp"

namespace updraft::golden {

inline std::vector<std::byte> suit_file(const std::string& name) {
  const std::string content = text("suit/" + name);
  if (name.ends_with(".hex")) return from_hex(content);
  const Bytes raw = as_bytes(content);
  return {raw.begin(), raw.end()};
}

struct SuitVector {
  std::string file, device, expect;
};

// One of the devices: what it trusts, is and remembers.
class SuitDevice {
 public:
  explicit SuitDevice(const boost::json::object& row) {
    if (!row.contains("keyset")) return;
    key_set_bytes = suit_file(std::string(row.at("keyset").as_string()));
    key_set = suit::KeySet::read(key_set_bytes).value();
    vendor = hex_of(row, "vendor");
    app_class = hex_of(row, "class");
    const auto slot = row.at("slot_size").to_number<std::uint64_t>();
    offered.push_back({as_bytes(suit::kAppComponent), app_class, slot});
    if (row.contains("cp_class")) {
      cp_class = hex_of(row, "cp_class");
      offered.push_back({as_bytes(suit::kCoProcessorComponent), cp_class, slot});
    }
    const auto& installed = row.at("installed").as_object();
    installed_manifest = hex_of(installed, "manifest_digest");
    sequence = installed.at("sequence").to_number<std::uint64_t>();
    if (row.contains("nonce")) {
      nonce = hex_of(row, "nonce");
      id = row.at("device_id").as_string();
    }
  }

  const suit::KeySet* trusted() const { return key_set ? &*key_set : nullptr; }
  suit::DeviceState state() const {
    return {.vendor = vendor,
            .components = offered,
            .installed_sequence = sequence,
            .installed_manifest = installed_manifest,
            .has_installed = true};
  }

  // What the device would say, of everything that a package brings: ok or the code.
  std::string judge_package(Bytes file) const { return word(package_verdict(file)); }
  std::string judge_key_set(Bytes file) const {
    const auto offered_set = suit::KeySet::read(file);
    return word(offered_set ? suit::check_change(*offered_set, trusted())
                            : outcome_of(offered_set));
  }
  std::string judge_token(Bytes file) const {
    const auto token = suit::read_token(file);
    return word(token ? suit::check_token(*token, *key_set, id, nonce) : outcome_of(token));
  }
  std::string judge(const std::string& name, Bytes file) const {
    if (name.starts_with("k")) return judge_key_set(file);
    return name.starts_with("f") ? judge_token(file) : judge_package(file);
  }

  std::vector<std::byte> key_set_bytes, vendor, app_class, cp_class, installed_manifest, nonce;
  std::optional<suit::KeySet> key_set;
  std::vector<suit::OfferedComponent> offered;
  std::uint64_t sequence = 0;
  std::string id;

 private:
  static std::vector<std::byte> hex_of(const boost::json::object& row, const char* member) {
    return from_hex(std::string(row.at(member).as_string()));
  }
  static std::string word(const Result<>& verdict) {
    return std::string(verdict ? "ok" : name(verdict.error().code));
  }
  Result<> package_verdict(Bytes file) const {
    const auto package = suit::judge_package(file, trusted(), state());
    if (!package) return package.error();
    UPDRAFT_TRY(suit::check_payloads(file, package->members));
    for (const suit::Component& component : package->manifest.all()) {
      const auto index = component.fetch ? part(file, *package, component.fetch->uri)
                                         : Result<std::vector<std::byte>>{};
      if (!index) return index.error();
      const auto transfer = part(file, *package, component.uri);
      if (!transfer) return transfer.error();
      UPDRAFT_TRY(suit::check_transfer(component, *transfer, *index));
      UPDRAFT_TRY(suit::check_image(component, *transfer));
    }
    return {};
  }
  static Result<std::vector<std::byte>> part(Bytes file, const suit::Package& package,
                                             std::string_view uri) {
    if (!suit::is_integrated(uri)) return suit_file(std::string(uri));
    const auto found = suit::find_payload(file, package.members, uri);
    if (!found) return found.error();
    return std::vector<std::byte>(found->begin(), found->end());
  }
};

class SuitVectors {
 public:
  SuitVectors() {
    const auto all = boost::json::parse(text("suit/vectors.json")).as_object();
    for (const auto& [name, row] : all.at("devices").as_object()) {
      devices.emplace(std::string(name), row.as_object());
    }
    for (const auto& row : all.at("vectors").as_array()) {
      const auto& each = row.as_object();
      const SuitVector vector{std::string(each.at("file").as_string()),
                              std::string(each.at("device").as_string()),
                              std::string(each.at("expect").as_string())};
      if (!vector.expect.empty()) vectors.push_back(vector);
    }
  }
  std::map<std::string, SuitDevice> devices;
  std::vector<SuitVector> vectors;
};

inline const SuitVectors& suit_vectors() {
  static const SuitVectors all;
  return all;
}

}  // namespace updraft::golden
