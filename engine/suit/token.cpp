#include "engine/suit/token.hpp"

namespace updraft::suit {
namespace {

using namespace std::string_view_literals;

Result<> read_payload(Token& token) {
  CborReader in(token.payload);
  in.fixed("\xa7\x01"sv);
  token.device_id = in.text();
  in.fixed("\x02"sv);
  token.nonce = in.bytes(kIdBytes);
  in.fixed("\x03"sv);
  token.now = in.uint();
  in.fixed("\x04"sv);
  token.class_id = in.bytes(kIdBytes);
  in.fixed("\x05"sv);
  token.newest_sequence = in.uint();
  in.fixed("\x06"sv);
  token.newest_manifest = in.bytes(kDigestBytes);
  in.fixed("\x07"sv);
  token.newest_key_set = in.uint();
  if (!in.at_end() || token.device_id.empty() || token.device_id.size() > kMaxDeviceIdBytes) {
    return fail(Code::malformed, Where::gate);
  }
  return {};
}

}  // namespace

Result<Token> read_token(Bytes bytes) {
  if (bytes.size() > kMaxTokenBytes) {
    return fail(Code::envelope_too_large, Where::gate, bytes.size(), kMaxTokenBytes);
  }
  CborReader in(bytes);
  UPDRAFT_TRY(read_tag(in, kSign1Tag));
  if (in.array() != 4) return fail(Code::malformed, Where::gate);
  Token token;
  UPDRAFT_TRY(read_headers(in, token.signature, false));
  token.payload = in.bytes();
  token.signature.signature = in.bytes(kSignatureBytes);
  if (!in.at_end() || token.signature.kid.empty()) return fail(Code::malformed, Where::gate);
  UPDRAFT_TRY(read_payload(token));
  return token;
}

Result<> check_token(const Token& token, const KeySet& keys, std::string_view device_id,
                     Bytes nonce) {
  UPDRAFT_TRY(check_signatures({&token.signature, 1}, keys, Role::freshness, Purpose::token,
                               token.payload));
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
