// Whether a device may install a package: rows 1 to 12 of spec/suit.md section 5, from the head
// alone and before any flash operation.
#pragma once
#include <span>

#include "engine/suit/envelope.hpp"
#include "engine/suit/key_set.hpp"
#include "engine/suit/manifest.hpp"

namespace updraft::suit {

// A part of the device that a package may replace.
struct OfferedComponent {
  Bytes name;  // as kAppComponent
  Bytes class_id;
  std::uint64_t slot_bytes = 0;
};

// What the device remembers and is. What is empty is not asked for, as on a desk.
struct DeviceState {
  Bytes vendor;
  std::span<const OfferedComponent> components;
  std::uint64_t installed_sequence = 0;
  Bytes installed_manifest;                         // its digest
  bool has_installed = false;                       // a package was installed before
  std::span<const crypto::Sha256Digest> known_bad;  // images that failed here
  bool pending_confirm = false;                     // an update has not been confirmed
};

// Views into the bytes that were read.
struct Package {
  Envelope envelope;
  Members members;
  Manifest manifest;
  bool installed_already = false;  // the very package that is installed
};

// `front`: the package, or its first kMaxEnvelopeHead bytes; `keys` nullptr: keyset_missing. The
// first check that fails ends it.
Result<Package> judge_package(Bytes front, const KeySet* keys, const DeviceState& device);

// The same into `package`, which is blank, and `why`.
bool judge_package(Bytes front, const KeySet* keys, const DeviceState& device, Package& package,
                   Error& why);

// The two halves of it: who signed (rows 1 to 8), and whether this device wants it (rows 9 to 12).
Result<Package> open_package(Bytes front, const KeySet* keys);
bool open_package(Bytes front, const KeySet* keys, Package& package, Error& why);
Result<> check_device(Package& package, const KeySet& keys, const DeviceState& device);

// All of an envelope's head, up to the first integrated payload, from its parts as they stand
// there. `payloads`: how many follow.
void write_envelope(CborWriter& out, const Envelope& envelope,
                    std::span<const SignatureBlock> blocks, const Members& members);

// [-16, digest]: what is signed.
inline constexpr std::size_t kDigestItemBytes = 4 + kDigestBytes;
std::array<std::byte, kDigestItemBytes> digest_item(Bytes digest);

}  // namespace updraft::suit
