// PSA imports an RSA key as PKCS#1 alone; what openssl writes since 3.0 is PKCS#8 around it.
#pragma once
#include "updraft/bytes.hpp"

namespace updraft::crypto {

// What a PKCS#8 structure (RFC 5208) holds; anything else as it is. A view into `der`.
Bytes inside_pkcs8(Bytes der);

}  // namespace updraft::crypto
