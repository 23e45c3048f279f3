#include "engine/suit/same.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::suit {

bool same(Bytes a, Bytes b) { return std::ranges::equal(a, b); }

bool in_order(Bytes before, Bytes key) { return std::ranges::lexicographical_compare(before, key); }

bool is_digest_of(Bytes digest, Bytes content) { return same(crypto::sha256(content), digest); }

}  // namespace updraft::suit
