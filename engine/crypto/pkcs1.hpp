// The padding of PKCS#1 v1.5 encryption undone in constant time, for backends that decrypt without
// it, and the choice between two keys, for all.
#pragma once
#include <cstdint>

#include "updraft/bytes.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::crypto {

// `block`: 00 02, bytes that are not 00, 00, and the 32 bytes of a key; anything else gives
// `otherwise`. Neither time nor memory accesses depend on what the block holds.
Secret<32> unpad_key(Bytes block, const Secret<32>& otherwise);

// The 32 bytes `key` if `wrong` is 0, else `otherwise`; in the same time.
Secret<32> pick_key(std::uint32_t wrong, Bytes key, const Secret<32>& otherwise);

// Of which the keys are made that wrong input gives: a secret of the private key, whatever form it
// came in.
Secret<32> rejection_of(Bytes private_key);

}  // namespace updraft::crypto
