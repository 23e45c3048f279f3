// A KeySet: which keys a device trusts, for what, how many of them it wants, and what it must not
// install any more. spec/suit.md section 7.
//
//   98([ h'', {}, <<keyset>>, [1*8 signature] ])
//   keyset = { 1: version, 2: [COSE_Key], 3: [[threshold, [index]], ...], 4: [[class id, floor]],
//              5: [manifest digest], 6: [Secure Boot v2 key digest] }
#pragma once
#include <optional>
#include <span>

#include "engine/suit/signature_block.hpp"

namespace updraft::suit {

inline constexpr std::size_t kMaxKeySetBytes = 2048;  // what a device stores, in half a sector
inline constexpr std::size_t kMaxKeys = 8;
inline constexpr std::size_t kMaxFloors = 16;
inline constexpr std::size_t kMaxRevoked = 16;
inline constexpr std::size_t kMaxImageKeys = 8;
inline constexpr std::size_t kMaxKeySetSignatures = 8;
inline constexpr std::size_t kCoseKeyBytes = 75;  // a4 01 02 20 01 21 58 20 <x> 22 58 20 <y>
inline constexpr std::size_t kPointBytes = 64;

enum class Role : std::uint8_t { root, release, freshness };
inline constexpr std::size_t kRoles = 3;

struct RoleKeys {
  std::uint8_t threshold = 0;
  std::uint8_t count = 0;
  std::array<std::uint8_t, kMaxKeys> indexes{};  // rising
};

struct Floor {
  Bytes class_id;
  std::uint64_t sequence = 0;
};

// The form of a key on the wire, of its point X, Y.
std::array<std::byte, kCoseKeyBytes> cose_key(Bytes point);
// SHA-256 of that form (RFC 9679); its first kKidBytes are the kid.
crypto::Sha256Digest thumbprint(Bytes cose_key);

// Views into the bytes that were read, which must live as long. Lists are as they are encoded: all
// items but those of floors are of one size.
class KeySet {
 public:
  // All of `bytes` but what the signatures say. Errors: envelope_too_large, malformed,
  // alg_unsupported, unsigned.
  static Result<KeySet> read(Bytes bytes);
  // The same into this one, which is blank, and `why`.
  bool fill(Bytes bytes, Error& why);

  std::uint64_t version = 0;
  std::array<RoleKeys, kRoles> roles;
  Bytes payload;  // what is signed
  Bytes keys, floors, revoked, image_keys;
  std::size_t floor_count = 0;
  std::array<SignatureBlock, kMaxKeySetSignatures> signatures;
  std::size_t signature_count = 0;

  const RoleKeys& role(Role which) const { return roles[static_cast<std::size_t>(which)]; }
  std::size_t key_count() const { return keys.size() / kCoseKeyBytes; }
  Bytes key(std::size_t index) const { return keys.subspan(index * kCoseKeyBytes, kCoseKeyBytes); }
  std::array<std::byte, kPointBytes> point(std::size_t index) const;
  bool is_named(std::size_t index, Bytes kid) const;  // whether the key has that kid
  // Of the role's keys; nullopt: none has that kid.
  std::optional<std::size_t> find(Role role, Bytes kid) const;
  // The lowest sequence number that is accepted for a class.
  std::uint64_t floor_of(Bytes class_id) const;
  Floor floor(std::size_t index) const;
  bool revokes(Bytes manifest_digest) const { return lists(revoked, manifest_digest); }
  bool pins(Bytes image_key) const { return lists(image_keys, image_key); }

 private:
  static bool lists(Bytes list, Bytes digest);
};

// The inner map, of its version, roles and lists.
void write_key_set_payload(CborWriter& out, const KeySet& set);
// All of it, with its payload as it stands there.
void write_key_set(CborWriter& out, const KeySet& set);

// Whether enough keys of `role` signed `payload`: every block of one of them must verify. Errors:
// signature_invalid, key_unknown, threshold_not_met. What a role signs is its purpose.
bool check_signatures(std::span<const SignatureBlock> blocks, const KeySet& keys, Role role,
                      Bytes payload, Error& why);
Result<> check_signatures(std::span<const SignatureBlock> blocks, const KeySet& keys, Role role,
                          Bytes payload);

// Whether a device that trusts `current` (nullptr: none yet) may take `offered` in its place: the
// next version, signed by enough root keys of both. Errors: keyset_version, and those of
// check_signatures.
bool check_change(const KeySet& offered, const KeySet* current, Error& why);
Result<> check_change(const KeySet& offered, const KeySet* current);

}  // namespace updraft::suit
