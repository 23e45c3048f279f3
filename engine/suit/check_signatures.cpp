// Who signed, and whether that is enough: spec/suit.md sections 5 (rows 5 and 6) and 7.
#include "engine/crypto/signature.hpp"
#include "engine/suit/key_set.hpp"

namespace updraft::suit {
namespace {

bool verifies(const SignatureBlock& block, const KeySet& keys, std::size_t index, Purpose purpose,
              Bytes payload) {
  return crypto::verify_p256(keys.point(index), signed_digest(purpose, block.algorithm, payload),
                             block.signature);
}

// Every key of the role in turn, for a block that does not name its key.
std::optional<std::size_t> try_all(const SignatureBlock& block, const KeySet& keys, Role role,
                                   Purpose purpose, Bytes payload) {
  const RoleKeys& those = keys.role(role);
  for (std::size_t i = 0; i < those.count; ++i) {
    if (verifies(block, keys, those.indexes[i], purpose, payload)) return those.indexes[i];
  }
  return std::nullopt;
}

}  // namespace

Result<> check_signatures(std::span<const SignatureBlock> blocks, const KeySet& keys, Role role,
                          Purpose purpose, Bytes payload) {
  std::uint32_t signers = 0;  // a bit for each key, so that one key counts once
  unsigned distinct = 0;
  for (const SignatureBlock& block : blocks) {
    const bool named = !block.kid.empty();
    const auto signer =
        named ? keys.find(role, block.kid) : try_all(block, keys, role, purpose, payload);
    if (!signer) continue;
    if (named && !verifies(block, keys, *signer, purpose, payload)) {
      return fail(Code::signature_invalid, Where::gate);
    }
    if ((signers >> *signer & 1u) == 0) ++distinct;
    signers |= 1u << *signer;
  }
  if (distinct == 0) return fail(Code::key_unknown, Where::gate);
  if (distinct < keys.role(role).threshold) {
    return fail(Code::threshold_not_met, Where::gate, distinct, keys.role(role).threshold);
  }
  return {};
}

Result<> check_change(const KeySet& offered, const KeySet* current) {
  const std::span blocks(offered.signatures.data(), offered.signature_count);
  if (current != nullptr) {
    if (offered.version != current->version + 1) {
      return fail(Code::keyset_version, Where::gate, offered.version, current->version + 1);
    }
    UPDRAFT_TRY(check_signatures(blocks, *current, Role::root, Purpose::key_set, offered.payload));
  }
  return check_signatures(blocks, offered, Role::root, Purpose::key_set, offered.payload);
}

}  // namespace updraft::suit
