#include "protocols/esphome/esphome_words.hpp"

#include "engine/core/hex.hpp"
#include "engine/crypto/md5.hpp"
#include "engine/crypto/secret.hpp"

namespace updraft::link {
namespace {

template <class Hash>
EsphomeHex esphome_hex(std::string_view password, std::string_view nonce, std::string_view cnonce) {
  Hash hash;
  hash.update(as_bytes(password));
  hash.update(as_bytes(nonce));
  hash.update(as_bytes(cnonce));
  const auto digest = hash.finish();
  std::array<std::byte, 2 * sizeof digest> hex;
  write_hex(digest, hex);
  return EsphomeHex(Bytes(hex));
}

}  // namespace

EsphomeSays esphome_byte(const Error& why) {
  switch (why.code) {
    case Code::auth_failed:
    case Code::locked:
      return EsphomeSays::login_wrong;
    case Code::too_big:
      return EsphomeSays::no_space;
    case Code::no_other_image:
      return EsphomeSays::no_slot;
    case Code::digest_mismatch:
      return why.where == Where::link ? EsphomeSays::md5_wrong : EsphomeSays::signature_wrong;
    case Code::unsigned_image:
    case Code::not_armed:
    case Code::key_unknown:
    case Code::keyset_missing:
    case Code::revoked:
    case Code::signature_invalid:
    case Code::threshold_not_met:
      return EsphomeSays::signature_wrong;
    case Code::downgrade:
    case Code::secure_version_low:
    case Code::sequence_floor:
    case Code::sequence_old:
      return EsphomeSays::older;
    case Code::component_unknown:
      return EsphomeSays::type_unknown;
    case Code::busy:
    case Code::pending_confirm:
    case Code::starting:
    case Code::rescue_first:
    case Code::payload_missing:
      return EsphomeSays::not_prepared;
    case Code::flash:
    case Code::image_mismatch:
      return EsphomeSays::not_written;
    case Code::protocol:
      return EsphomeSays::bad_magic;
    case Code::alg_unsupported:
      return why.where == Where::link ? EsphomeSays::encryption_wanted : EsphomeSays::not_ended;
    default:
      return EsphomeSays::not_ended;
  }
}

Error esphome_error(std::uint8_t byte) {
  const auto error = [byte](Code code) { return Error{code, Where::device, byte}; };
  switch (static_cast<EsphomeSays>(byte)) {
    case EsphomeSays::bad_magic:
      return error(Code::protocol);
    case EsphomeSays::not_prepared:
      return error(Code::busy);
    case EsphomeSays::login_wrong:
      return error(Code::auth_failed);
    case EsphomeSays::not_written:
      return error(Code::flash);
    case EsphomeSays::esp8266_full:
    case EsphomeSays::no_space:
    case EsphomeSays::rp2040_full:
      return error(Code::too_big);
    case EsphomeSays::no_slot:
      return error(Code::no_other_image);
    case EsphomeSays::md5_wrong:
      return error(Code::chunk_mismatch);
    case EsphomeSays::signature_wrong:
      return error(Code::signature_invalid);
    case EsphomeSays::older:
      return error(Code::downgrade);
    default:
      return error(Code::not_wanted);
  }
}

EsphomeHex esphome_result(EsphomeHash hash, std::string_view password, std::string_view nonce,
                          std::string_view cnonce) {
  return hash == EsphomeHash::md5 ? esphome_hex<crypto::Md5>(password, nonce, cnonce)
                                  : esphome_hex<crypto::Sha256>(password, nonce, cnonce);
}

bool is_esphome_result(std::string_view result, EsphomeHash hash, std::string_view password,
                       std::string_view nonce, std::string_view cnonce) {
  const EsphomeHex made = esphome_result(hash, password, nonce, cnonce);
  std::array<std::byte, 32> ours{}, theirs{};
  const std::size_t bytes = made.view().size() / 2;
  return read_hex(result, MutableBytes(theirs).first(bytes)) &&
         read_hex(made.view(), MutableBytes(ours).first(bytes)) && crypto::ct_equal(ours, theirs);
}

}  // namespace updraft::link
