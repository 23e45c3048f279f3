// The envelope of a signed package (spec/suit.md section 1):
//
//   107({ 2: <<[<<digest>>, 0*4 <<COSE_Sign1>>]>>, 3: <<manifest>>, ? 23: <<text>>, * text: bytes
//   })
//
// Before the signature is verified nothing is read but the two first members.
#pragma once
#include <span>

#include "engine/suit/signature_block.hpp"

namespace updraft::suit {

inline constexpr std::size_t kMaxEnvelopeHead = 4096;  // what a device holds while it judges
inline constexpr std::size_t kMaxSignatures = 4;
inline constexpr std::size_t kEnvelopeTag = 107;

// Views into the bytes that were read.
struct Envelope {
  Bytes digest_item;       // what is signed: [-16, digest], encoded
  Bytes digest;            // of the manifest, by its author
  Bytes manifest;          // the content of its byte string
  Bytes wrapped_manifest;  // with the head of it, as the digest covers it
  Bytes blocks;            // of signatures, each in a byte string
  std::size_t block_count = 0;
  std::size_t members_left = 0;  // of the map, behind the manifest
  std::size_t read = 0;          // bytes that all this took
};

// A reader of a package's front, which is the package or its first kMaxEnvelopeHead bytes, goes
// through the parts in their order; its fault is the code of the first thing that is wrong.
CborReader front_of(Bytes package);

// Rows 1 to 3 of section 5. Errors: envelope_too_large, malformed, alg_unsupported,
// digest_mismatch.
void read_envelope(CborReader& in, Envelope& envelope);
Result<Envelope> read_envelope(Bytes front);

struct Signatures {
  std::array<SignatureBlock, kMaxSignatures> blocks;
  std::size_t count = 0;
  std::span<const SignatureBlock> all() const { return std::span(blocks).first(count); }
};
// Row 4; `in` reads the blocks of an envelope. Errors: unsigned, malformed, alg_unsupported.
void read_signatures(CborReader& in, std::size_t count, Signatures& signatures);
Result<Signatures> read_signatures(const Envelope& envelope);

// What follows the manifest.
struct Members {
  Bytes text;                // release notes, encoded; empty: none
  Bytes wrapped_text;        // with the head of their byte string
  std::size_t head = 0;      // bytes before the first integrated payload
  std::size_t payloads = 0;  // how many of those there are
};
// Of row 8, after the signature was verified. Errors: malformed, envelope_too_large,
// profile_unsupported.
void read_members(CborReader& in, const Envelope& envelope, Members& members);
Result<Members> read_members(const Envelope& envelope, Bytes front);

// One integrated payload after the other, and the end of the package.
class Payloads {
 public:
  struct Payload {
    std::string_view name;
    Bytes content;
  };
  Payloads(Bytes package, const Members& members)
      : in_(package.subspan(members.head)), left_(members.payloads) {}
  bool more() const { return left_ != 0; }
  // malformed: no text and bytes, not in the order of names, or bytes after the last one.
  Result<Payload> next();
  // The same for a package that has none.
  Result<> end() const;

 private:
  CborReader in_;
  std::size_t left_;
  Bytes last_;
};

}  // namespace updraft::suit
