#include "engine/suit/token.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

void read_payload(CborReader& in, Token& token) {
  in.fixed("\xa7\x01"sv);
  token.device_id = in.text();
  if (token.device_id.empty() || token.device_id.size() > kMaxDeviceIdBytes) in.fail();
  token.nonce = in.take_after("\x02\x50"sv, kIdBytes);
  token.now = in.uint_after("\x03"sv);
  token.class_id = in.take_after("\x04\x50"sv, kIdBytes);
  token.newest_sequence = in.uint_after("\x05"sv);
  token.newest_manifest = in.take_after("\x06\x58\x20"sv, kDigestBytes);
  token.newest_key_set = in.uint_after("\x07"sv);
}

}  // namespace

Result<Token> read_token(Bytes bytes) {
  if (bytes.size() > kMaxTokenBytes) {
    return fail(Code::envelope_too_large, Where::gate, bytes.size(), kMaxTokenBytes);
  }
  CborReader in(bytes);
  read_tag(in, kSign1Tag);
  in.fixed("\x84"sv);
  Token token;
  read_headers(in, token.signature, false);
  if (token.signature.kid.empty()) in.fail();
  const CborReader::Mark outer = in.enter();
  token.payload = in.rest();
  read_payload(in, token);
  in.leave(outer);
  token.signature.signature = in.take_after("\x58\x40"sv, kSignatureBytes);
  if (!in.rest().empty()) in.fail();
  if (!in.good()) return fail(in.fault(), Where::gate);
  return token;
}

Result<> check_token(const Token& token, const KeySet& keys, std::string_view device_id,
                     Bytes nonce) {
  UPDRAFT_TRY(check_signatures({&token.signature, 1}, keys, Role::freshness, token.payload));
  if (token.device_id != device_id || !std::ranges::equal(token.nonce, nonce)) {
    return fail(Code::nonce_mismatch, Where::gate);
  }
  return {};
}

void write_token_payload(CborWriter& out, const Token& token) {
  out.fixed("\xa7\x01"sv);
  out.text(token.device_id);
  out.uint(2);
  out.bytes(token.nonce);
  out.uint(3);
  out.uint(token.now);
  out.uint(4);
  out.bytes(token.class_id);
  out.uint(5);
  out.uint(token.newest_sequence);
  out.uint(6);
  out.bytes(token.newest_manifest);
  out.uint(7);
  out.uint(token.newest_key_set);
}

void write_token(CborWriter& out, const Token& token) {
  out.fixed("\xd2\x84"sv);
  write_headers(out, token.signature);
  out.bytes(token.payload);
  out.bytes(token.signature.signature);
}

}  // namespace updraft::suit
