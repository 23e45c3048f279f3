// Who signed, and whether that is enough: spec/suit.md sections 5 (rows 5 and 6) and 7.
#include "engine/crypto/signature.hpp"
#include "engine/suit/key_set.hpp"
#include "engine/suit/refusal.hpp"

namespace updraft::suit {
namespace {

bool verifies(const SignatureBlock& block, const KeySet& keys, std::size_t index, Role role,
              Bytes payload) {
  const auto purpose = static_cast<Purpose>(role);
  return crypto::verify_p256(keys.point(index), signed_digest(purpose, block.algorithm, payload),
                             block.signature);
}

}  // namespace

bool check_signatures(std::span<const SignatureBlock> blocks, const KeySet& keys, Role role,
                      Bytes payload, Error& why) {
  const RoleKeys& those = keys.role(role);
  std::uint32_t signers = 0;  // a bit for each key, so that one key counts once
  for (const SignatureBlock& block : blocks) {
    const bool named = !block.kid.empty();
    for (std::size_t i = 0; i < those.count; ++i) {
      const std::size_t index = those.indexes[i];
      // Every key of the role in turn, for a block that does not name its key.
      if (named && !keys.is_named(index, block.kid)) continue;
      if (verifies(block, keys, index, role, payload)) {
        signers |= 1u << i;
      } else if (named) {
        return refuse(why, Code::signature_invalid);
      }
    }
  }
  std::uint32_t distinct = 0;
  for (; signers != 0; signers &= signers - 1) ++distinct;
  if (distinct == 0) return refuse(why, Code::key_unknown);
  if (distinct >= those.threshold) return true;
  return refuse(why, Code::threshold_not_met, distinct, those.threshold);
}

bool check_change(const KeySet& offered, const KeySet* current, Error& why) {
  const std::span blocks(offered.signatures.data(), offered.signature_count);
  if (current != nullptr && offered.version != current->version + 1) {
    return refuse(why, Code::keyset_version, offered.version, current->version + 1);
  }
  // The root that is, then the root that comes.
  for (const KeySet* const keys : {current, &offered}) {
    if (keys != nullptr && !check_signatures(blocks, *keys, Role::root, offered.payload, why)) {
      return false;
    }
  }
  return true;
}

Result<> check_signatures(std::span<const SignatureBlock> blocks, const KeySet& keys, Role role,
                          Bytes payload) {
  Error why = no_refusal();
  if (!check_signatures(blocks, keys, role, payload, why)) return why;
  return {};
}

Result<> check_change(const KeySet& offered, const KeySet* current) {
  Error why = no_refusal();
  if (!check_change(offered, current, why)) return why;
  return {};
}

}  // namespace updraft::suit
