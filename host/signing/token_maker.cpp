#include "host/signing/token_maker.hpp"

#include "host/desk/trouble.hpp"

namespace updraft::host {

std::vector<std::byte> make_token(const TokenSpec& spec, const Signer& signer) {
  if (spec.device_id.empty() || spec.device_id.size() > suit::kMaxDeviceIdBytes ||
      !suit::is_utf8(as_bytes(spec.device_id))) {
    throw Trouble(Trouble::Kind::usage, "a device's name in a token has 1 to 64 bytes of text");
  }
  const auto kid = kid_of(signer.point);
  suit::Token token{.signature = {suit::Algorithm::esp256, kid, {}},
                    .payload = {},
                    .device_id = spec.device_id,
                    .nonce = spec.nonce,
                    .now = spec.now,
                    .class_id = spec.class_id,
                    .newest_sequence = spec.newest_sequence,
                    .newest_manifest = spec.newest_manifest,
                    .newest_key_set = spec.newest_key_set};
  const auto payload =
      written([&](suit::CborWriter& out) { suit::write_token_payload(out, token); });
  const Signature signature = checked_signature(signer, suit::Purpose::token, payload);
  token.payload = payload;
  token.signature.signature = signature;
  return written([&](suit::CborWriter& out) { suit::write_token(out, token); });
}

}  // namespace updraft::host
