#include "engine/suit/unsigned_package.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {

Result<Package> open_unsigned(Bytes front) {
  Package package;
  const Result<Envelope> envelope = read_envelope(front);
  if (!envelope) return envelope.error();
  if (envelope->block_count != 0) return fail(Code::malformed, Where::gate);
  package.envelope = *envelope;
  const Result<Members> members = read_members(*envelope, front);
  if (!members) return members.error();
  package.members = *members;
  const Result<Manifest> manifest = read_manifest(envelope->manifest);
  if (!manifest) return manifest.error();
  package.manifest = *manifest;
  if (!members->text.empty() && !is_digest_of(manifest->text_digest, members->wrapped_text)) {
    return fail(Code::digest_mismatch, Where::gate);
  }
  return package;
}

Result<> check_unsigned(Package& package, DeviceState device) {
  device.vendor = {};
  device.has_installed = false;
  return check_device(package, KeySet{}, device);
}

}  // namespace updraft::suit
