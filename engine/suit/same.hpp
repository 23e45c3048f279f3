// Comparisons that nearly all of this folder ends in; never inlined, as code is what a chip is
// short of. Nothing that is compared is secret.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::suit {

bool same(Bytes a, Bytes b);
// As keys of a map follow each other; before the first one is nothing.
bool in_order(Bytes before, Bytes key);
// Whether `digest` is the SHA-256 of `content`.
bool is_digest_of(Bytes digest, Bytes content);

}  // namespace updraft::suit
