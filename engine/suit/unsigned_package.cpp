#include "engine/suit/unsigned_package.hpp"

#include "engine/suit/refusal.hpp"
#include "engine/suit/same.hpp"

namespace updraft::suit {

bool open_unsigned(Bytes front, Package& package, Error& why) {
  CborReader in = front_of(front);
  Envelope& envelope = package.envelope;
  read_envelope(in, envelope);
  if (!is_good(in, why)) return false;
  if (envelope.block_count != 0) return refuse(why, Code::malformed);
  read_members(in, envelope, package.members);
  if (!is_good(in, why) || !read_manifest(envelope.manifest, package.manifest, why)) return false;
  return package.members.text.empty() ||
         is_digest_of(package.manifest.text_digest, package.members.wrapped_text) ||
         refuse(why, Code::digest_mismatch);
}

Result<> check_unsigned(Package& package, DeviceState device) {
  device.vendor = {};
  device.has_installed = false;
  return check_device(package, KeySet{}, device);
}

}  // namespace updraft::suit
