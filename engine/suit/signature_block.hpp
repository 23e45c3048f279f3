// COSE signatures (RFC 9052) in the one form that is taken: ECDSA on P-256 with SHA-256, with the
// algorithm in the protected header and the key's name in the other. spec/suit.md sections 1, 6.
#pragma once
#include <optional>

#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/suit/cbor_reader.hpp"
#include "engine/suit/cbor_writer.hpp"

namespace updraft::suit {

// The two names of the same algorithm, as they are encoded: -9 and -7.
enum class Algorithm : std::uint8_t { esp256 = 0x28, es256 = 0x26 };

// Views into the bytes that were read.
struct SignatureBlock {
  Algorithm algorithm = Algorithm::esp256;
  Bytes kid;  // kKidBytes; empty: none
  Bytes signature;
};

// What is signed; its words keep a signature for one purpose from being one for another.
// In the order of the roles that sign.
enum class Purpose : std::uint8_t { key_set, package, token };

// The front of the signed bytes; `payload` follows. Its size is at most kMostSignedFront.
inline constexpr std::size_t kMostSignedFront = 48;
void write_signed_front(CborWriter& out, Purpose purpose, Algorithm algorithm, Bytes payload);
crypto::Sha256Digest signed_digest(Purpose purpose, Algorithm algorithm, Bytes payload);

inline constexpr std::size_t kSign1Tag = 18, kSignTag = 98;
// Faults of `in`: malformed; alg_unsupported for another message of COSE.
void read_tag(CborReader& in, std::size_t wanted);

// The two headers of a block. Faults of `in`: malformed; alg_unsupported, also for ES256 where
// `any` is not set.
void read_headers(CborReader& in, SignatureBlock& block, bool any);

// COSE_Sign1 with its payload elsewhere, all of a byte string. Faults of `in`: as above, and
// alg_unsupported for a MAC or COSE_Sign.
void read_sign1(CborReader& in, SignatureBlock& block);
// 18([protected, {4: kid}, nil, signature])
void write_sign1(CborWriter& out, const SignatureBlock& block);
// The same without tag and payload, as COSE_Sign has it.
void write_headers(CborWriter& out, const SignatureBlock& block);

}  // namespace updraft::suit
