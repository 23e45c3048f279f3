#include "engine/suit/unsigned_package.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {

Result<Package> judge_unsigned(Bytes front, DeviceState device) {
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
  device.vendor = {};
  device.has_installed = false;
  UPDRAFT_TRY(check_device(package, KeySet{}, device));
  return package;
}

}  // namespace updraft::suit
