#include "engine/suit/signature_block.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

// What is signed before the payload (RFC 9052 section 4.4): the word of the structure, the headers
// with the algorithm, and what the application adds. The last row is for ES256, in which packages
// alone may be signed.
constexpr std::string_view kWords[] = {
    "\x85\x69Signature\x40\x43\xa1\x01\x28\x40"sv,
    "\x84\x6aSignature1\x43\xa1\x01\x28\x40"sv,
    "\x84\x6aSignature1\x43\xa1\x01\x28\x53updraft-freshness-1"sv,
    "\x84\x6aSignature1\x43\xa1\x01\x26\x40"sv,
};
const std::string_view& words_of(Purpose purpose, Algorithm algorithm) {
  return kWords[algorithm == Algorithm::es256 ? 3 : static_cast<std::size_t>(purpose)];
}

// {1: alg} in a byte string.
constexpr std::string_view kProtected = "\x43\xa1\x01"sv;  // its number follows
constexpr std::string_view kEsp256 = "\xa1\x01\x28"sv, kEs256 = "\xa1\x01\x26"sv;

constexpr std::string_view kSign1 = "\x84"sv;        // [protected, headers, nil, signature]
constexpr std::string_view kKid = "\xa1\x04\x48"sv;  // {4: kid}
constexpr std::string_view kNoKid = "\xa0"sv;
constexpr std::string_view kSignature = "\xf6\x58\x40"sv;

// What COSE calls its other messages: encrypted, MACs, signed otherwise (RFC 9052, RFC 9338).
bool is_message(std::size_t tag) { return (tag >= 16 && tag <= 19) || (tag >= 96 && tag <= 98); }

}  // namespace

void write_signed_front(CborWriter& out, Purpose purpose, Algorithm algorithm, Bytes payload) {
  out.fixed(words_of(purpose, algorithm));
  out.head(Major::bytes, payload.size());
}

// The same, without a writer: nothing that is signed has less than 24 bytes, or more than 65535.
crypto::Sha256Digest signed_digest(Purpose purpose, Algorithm algorithm, Bytes payload) {
  const std::size_t size = payload.size();
  std::array<std::byte, 3> head{std::byte{0x59}, static_cast<std::byte>(size >> 8),
                                static_cast<std::byte>(size)};
  Bytes length(head);
  if (size < 0x100) {
    head[1] = std::byte{0x58};
    length = length.subspan(1);
  }
  crypto::Sha256 hash;
  hash.update(as_bytes(words_of(purpose, algorithm)));
  hash.update(length);
  hash.update(payload);
  return hash.finish();
}

void read_tag(CborReader& in, std::size_t wanted) {
  const std::size_t tag = in.tag();
  if (tag != wanted) in.fail(is_message(tag) ? Code::alg_unsupported : in.fault());
}

void read_headers(CborReader& in, SignatureBlock& block, bool any) {
  const Bytes header = in.bytes();
  const bool named = in.next() != load_u8(as_bytes(kNoKid), 0);
  block.kid = in.take_after(named ? kKid : kNoKid, named ? kKidBytes : 0);
  const bool is_es256 = any && same(header, as_bytes(kEs256));
  block.algorithm = is_es256 ? Algorithm::es256 : Algorithm::esp256;
  if (!is_es256 && !same(header, as_bytes(kEsp256))) in.fail(Code::alg_unsupported);
}

void read_sign1(CborReader& in, SignatureBlock& block) {
  const CborReader::Mark outer = in.enter();
  read_tag(in, kSign1Tag);
  in.fixed(kSign1);
  read_headers(in, block, true);
  block.signature = in.take_after(kSignature, kSignatureBytes);
  in.leave(outer);
}

void write_headers(CborWriter& out, const SignatureBlock& block) {
  const std::byte number[] = {static_cast<std::byte>(block.algorithm)};
  out.fixed(kProtected);
  out.raw(number);
  out.fixed(block.kid.empty() ? "\xa0"sv : "\xa1\x04"sv);
  if (!block.kid.empty()) out.bytes(block.kid);
}

void write_sign1(CborWriter& out, const SignatureBlock& block) {
  out.fixed("\xd2\x84"sv);
  write_headers(out, block);
  out.fixed("\xf6"sv);
  out.bytes(block.signature);
}

}  // namespace updraft::suit
