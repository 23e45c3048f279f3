#include "engine/suit/package.hpp"

namespace updraft::suit {
namespace {

// Release notes are not read by a device; that they are the author's is checked.
Result<> check_text(const Package& package) {
  if (package.members.text.empty()) return {};
  if (package.manifest.text_digest.empty()) return fail(Code::malformed, Where::gate);
  if (!std::ranges::equal(crypto::sha256(package.members.wrapped_text),
                          package.manifest.text_digest)) {
    return fail(Code::digest_mismatch, Where::gate);
  }
  return {};
}

// Row 9.
Result<> check_sequence(Package& package, const DeviceState& device) {
  if (!device.has_installed) return {};
  const std::uint64_t sequence = package.manifest.sequence;
  package.installed_already =
      sequence == device.installed_sequence &&
      std::ranges::equal(package.envelope.digest, device.installed_manifest);
  if (sequence > device.installed_sequence || package.installed_already) return {};
  return fail(Code::sequence_old, Where::gate, sequence, device.installed_sequence);
}

// Row 10.
Result<> check_floors(const Manifest& manifest, const KeySet& keys) {
  for (const Component& component : manifest.all()) {
    const std::uint64_t floor = keys.floor_of(component.class_id);
    if (manifest.sequence < floor) {
      return fail(Code::sequence_floor, Where::gate, manifest.sequence, floor);
    }
  }
  return {};
}

const OfferedComponent* find(const DeviceState& device, Bytes name) {
  for (const OfferedComponent& offered : device.components) {
    if (std::ranges::equal(offered.name, name)) return &offered;
  }
  return nullptr;
}

bool differs(Bytes wanted, Bytes found) {
  return !wanted.empty() && !std::ranges::equal(wanted, found);
}

// Row 11.
Result<> check_product(const Manifest& manifest, const DeviceState& device) {
  for (const Component& component : manifest.all()) {
    if (find(device, component.name) == nullptr) {
      return fail(Code::component_unknown, Where::gate);
    }
  }
  for (const Component& component : manifest.all()) {
    if (differs(device.vendor, component.vendor) ||
        differs(find(device, component.name)->class_id, component.class_id)) {
      return fail(Code::wrong_product, Where::gate);
    }
  }
  return {};
}

// Row 12.
Result<> check_images(const Manifest& manifest, const DeviceState& device) {
  for (const Component& component : manifest.all()) {
    const std::uint64_t slot = find(device, component.name)->slot_bytes;
    const std::uint64_t larger = std::max(component.size, component.transfer());
    if (component.size == 0 || larger > slot) {
      return fail(Code::too_big, Where::gate, larger, slot);
    }
    for (const crypto::Sha256Digest& bad : device.known_bad) {
      if (std::ranges::equal(bad, component.digest)) return fail(Code::known_bad, Where::gate);
    }
  }
  if (device.pending_confirm) return fail(Code::pending_confirm, Where::gate);
  return {};
}

}  // namespace

Result<Package> open_package(Bytes front, const KeySet* keys) {
  const auto envelope = read_envelope(front);
  if (!envelope) return envelope.error();
  const auto signatures = read_signatures(*envelope);
  if (!signatures) return signatures.error();
  if (keys == nullptr) return fail(Code::keyset_missing, Where::gate);
  UPDRAFT_TRY(check_signatures(signatures->all(), *keys, Role::release, Purpose::package,
                               envelope->digest_item));
  if (keys->revokes(envelope->digest)) return fail(Code::revoked, Where::gate);
  const auto members = read_members(*envelope, front);
  if (!members) return members.error();
  const auto manifest = read_manifest(envelope->manifest);
  if (!manifest) return manifest.error();
  Package package{*envelope, *members, *manifest};
  UPDRAFT_TRY(check_text(package));
  return package;
}

Result<> check_device(Package& package, const KeySet& keys, const DeviceState& device) {
  UPDRAFT_TRY(check_sequence(package, device));
  UPDRAFT_TRY(check_floors(package.manifest, keys));
  UPDRAFT_TRY(check_product(package.manifest, device));
  return check_images(package.manifest, device);
}

Result<Package> judge_package(Bytes front, const KeySet* keys, const DeviceState& device) {
  Result<Package> package = open_package(front, keys);
  if (!package) return package;
  UPDRAFT_TRY(check_device(*package, *keys, device));
  return package;
}

}  // namespace updraft::suit
