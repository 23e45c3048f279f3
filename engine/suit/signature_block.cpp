#include "engine/suit/signature_block.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

// What COSE calls its other messages: encrypted, MACs, signed otherwise (RFC 9052, RFC 9338).
constexpr std::uint64_t kOtherTags[] = {16, 17, kSign1Tag, 19, 96, 97, kSignTag};
constexpr std::string_view kProtected = "\x43\xa1\x01"sv;  // <<{1: ...}>>, its number follows

void write_protected(CborWriter& out, Algorithm algorithm) {
  const std::byte number[] = {static_cast<std::byte>(algorithm)};
  out.fixed(kProtected);
  out.raw(number);
}

// {1: alg} in a byte string, and nothing else.
Result<> read_algorithm(Bytes header, SignatureBlock& block, bool any) {
  constexpr std::string_view kBefore = kProtected.substr(1);
  const bool shaped =
      header.size() == kBefore.size() + 1 && as_text(header.first(kBefore.size())) == kBefore;
  const std::uint8_t number = shaped ? load_u8(header, kBefore.size()) : std::uint8_t{0};
  const bool known = number == static_cast<std::uint8_t>(Algorithm::esp256) ||
                     (any && number == static_cast<std::uint8_t>(Algorithm::es256));
  if (!known) return fail(Code::alg_unsupported, Where::gate);
  block.algorithm = static_cast<Algorithm>(number);
  return {};
}

}  // namespace

void write_signed_front(CborWriter& out, Purpose purpose, Algorithm algorithm, Bytes payload) {
  const bool whole = purpose == Purpose::key_set;
  out.fixed(whole ? "\x85\x69Signature\x40"sv : "\x84\x6aSignature1"sv);
  write_protected(out, algorithm);
  out.bytes(as_bytes(purpose == Purpose::token ? "updraft-freshness-1"sv : ""sv));
  out.head(Major::bytes, payload.size());
}

crypto::Sha256Digest signed_digest(Purpose purpose, Algorithm algorithm, Bytes payload) {
  std::array<std::byte, kMostSignedFront> front{};
  CborWriter out(front);
  write_signed_front(out, purpose, algorithm, payload);
  crypto::Sha256 hash;
  hash.update(out.written());
  hash.update(payload);
  return hash.finish();
}

Result<> read_tag(CborReader& in, std::uint64_t wanted) {
  const std::uint64_t tag = in.tag();
  if (in.good() && tag == wanted) return {};
  const bool other = std::ranges::find(kOtherTags, tag) != std::end(kOtherTags);
  return fail(other ? Code::alg_unsupported : Code::malformed, Where::gate);
}

Result<> read_headers(CborReader& in, SignatureBlock& block, bool any) {
  const Bytes header = in.bytes();
  const std::uint64_t pairs = in.map();
  if (pairs > 1) in.fail();
  if (pairs != 0) {
    in.fixed("\x04"sv);
    block.kid = in.bytes(kKidBytes);
  }
  if (!in.good()) return fail(Code::malformed, Where::gate);
  return read_algorithm(header, block, any);
}

Result<SignatureBlock> read_sign1(Bytes bytes) {
  CborReader in(bytes);
  UPDRAFT_TRY(read_tag(in, kSign1Tag));
  if (in.array() != 4) return fail(Code::malformed, Where::gate);
  SignatureBlock block;
  UPDRAFT_TRY(read_headers(in, block, true));
  in.fixed("\xf6"sv);
  block.signature = in.bytes(kSignatureBytes);
  if (!in.at_end()) return fail(Code::malformed, Where::gate);
  return block;
}

void write_headers(CborWriter& out, const SignatureBlock& block) {
  write_protected(out, block.algorithm);
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
