// RSA private keys in DER, for backends that take less than there is: PSA imports PKCS#1 alone, and
// what openssl writes since 3.0 is PKCS#8 around it; Mbed TLS's own calls take the numbers.
#pragma once
#include <optional>

#include "updraft/bytes.hpp"

namespace updraft::crypto {

// What a PKCS#8 structure (RFC 5208) holds; anything else as it is. A view into `der`.
Bytes inside_pkcs8(Bytes der);

// Big-endian, without leading zeros; views into the key.
struct RsaNumbers {
  Bytes modulus, public_exponent, private_exponent, prime1, prime2;
};

// The numbers of a PKCS#1 RSAPrivateKey (RFC 8017 A.1.2). nullopt: it is none.
std::optional<RsaNumbers> rsa_numbers(Bytes pkcs1);

}  // namespace updraft::crypto
