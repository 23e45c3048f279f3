// Points of the curve P-256 as OpenSSL's keys.
#pragma once
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "updraft/bytes.hpp"

#include "updraft_openssl_owned.hpp"

namespace updraft::crypto {

using EvpKey = Owned<EVP_PKEY, EVP_PKEY_free>;

// Of the parts in `builder`; nullptr: they make no key of the curve.
EvpKey make_p256_key(OSSL_PARAM_BLD* builder, int selection);

// `point`: X and Y, big-endian. nullptr: it is none.
EvpKey p256_point_key(Bytes point);

}  // namespace updraft::crypto
