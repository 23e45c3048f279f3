#include "engine/suit/package.hpp"

#include "engine/suit/refusal.hpp"
#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

const OfferedComponent* find(const DeviceState& device, Bytes name) {
  for (const OfferedComponent& offered : device.components) {
    if (same(offered.name, name)) return &offered;
  }
  return nullptr;
}

bool differs(Bytes wanted, Bytes found) { return !wanted.empty() && !same(wanted, found); }

// Rows 9 to 12, of one device. Each says whether all is well.
struct Judge {
  bool sequence(Package& package) const;
  bool component(unsigned question, const Component& component) const;
  bool image(const Component& component, std::uint64_t slot) const;

  const KeySet& keys;
  const DeviceState& device;
  std::uint64_t offered;  // the package's sequence number
  Error& why;
};

bool Judge::sequence(Package& package) const {
  if (!device.has_installed || offered > device.installed_sequence) return true;
  package.installed_already = offered == device.installed_sequence &&
                              same(package.envelope.digest, device.installed_manifest);
  return package.installed_already ||
         refuse(why, Code::sequence_old, offered, device.installed_sequence);
}

bool Judge::image(const Component& component, std::uint64_t slot) const {
  const std::uint64_t larger = std::max(component.size, component.transfer());
  if (component.size == 0 || larger > slot) return refuse(why, Code::too_big, larger, slot);
  for (const crypto::Sha256Digest& bad : device.known_bad) {
    if (same(bad, component.digest)) return refuse(why, Code::known_bad);
  }
  return true;
}

// What is asked of each component, one question of all of them after the other.
constexpr unsigned kFloor = 0, kProduct = 2, kImage = 3;  // 1: whether it is offered

bool Judge::component(unsigned question, const Component& component) const {
  if (question == kFloor) {  // row 10
    const std::uint64_t floor = keys.floor_of(component.class_id);
    return offered >= floor || refuse(why, Code::sequence_floor, offered, floor);
  }
  const OfferedComponent* const place = find(device, component.name);
  if (place == nullptr) return refuse(why, Code::component_unknown);  // row 11
  if (question == kProduct &&
      (differs(device.vendor, component.vendor) || differs(place->class_id, component.class_id))) {
    return refuse(why, Code::wrong_product);
  }
  return question != kImage || image(component, place->slot_bytes);  // row 12
}

bool check(Package& package, const KeySet& keys, const DeviceState& device, Error& why) {
  const Judge judge{keys, device, package.manifest.sequence, why};
  if (!judge.sequence(package)) return false;
  for (unsigned question = kFloor; question <= kImage; ++question) {
    for (const Component& component : package.manifest.all()) {
      if (!judge.component(question, component)) return false;
    }
  }
  return !device.pending_confirm || refuse(why, Code::pending_confirm);
}

}  // namespace

bool open_package(Bytes front, const KeySet* keys, Package& package, Error& why) {
  CborReader in = front_of(front);
  Envelope& envelope = package.envelope;
  read_envelope(in, envelope);
  if (!is_good(in, why)) return false;
  Signatures signatures;
  CborReader blocks(envelope.blocks);
  read_signatures(blocks, envelope.block_count, signatures);
  if (!is_good(blocks, why)) return false;
  if (keys == nullptr) return refuse(why, Code::keyset_missing);
  if (!check_signatures(signatures.all(), *keys, Role::release, envelope.digest_item, why)) {
    return false;
  }
  if (keys->revokes(envelope.digest)) return refuse(why, Code::revoked);
  read_members(in, envelope, package.members);
  if (!is_good(in, why) || !read_manifest(envelope.manifest, package.manifest, why)) return false;
  // Release notes are not read by a device; that they are the author's is checked.
  const Bytes digest = package.manifest.text_digest;
  if (package.members.text.empty()) return true;
  if (digest.empty()) return refuse(why, Code::malformed);
  return is_digest_of(digest, package.members.wrapped_text) || refuse(why, Code::digest_mismatch);
}

bool judge_package(Bytes front, const KeySet* keys, const DeviceState& device, Package& package,
                   Error& why) {
  return open_package(front, keys, package, why) && check(package, *keys, device, why);
}

Result<Package> open_package(Bytes front, const KeySet* keys) {
  Result<Package> package;
  Error why = no_refusal();
  if (!open_package(front, keys, *package, why)) package = why;
  return package;
}

Result<> check_device(Package& package, const KeySet& keys, const DeviceState& device) {
  Error why = no_refusal();
  if (!check(package, keys, device, why)) return why;
  return {};
}

Result<Package> judge_package(Bytes front, const KeySet* keys, const DeviceState& device) {
  Result<Package> package;
  Error why = no_refusal();
  if (!judge_package(front, keys, device, *package, why)) package = why;
  return package;
}

}  // namespace updraft::suit
