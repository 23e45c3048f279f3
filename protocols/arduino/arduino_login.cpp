#include "protocols/arduino/arduino_login.hpp"

#include <array>

#include "engine/core/hex.hpp"
#include "engine/crypto/digest.hpp"
#include "engine/crypto/hmac.hpp"
#include "engine/crypto/md5.hpp"
#include "protocols/arduino/arduino_words.hpp"

namespace updraft::link {
namespace {

using Digits = std::array<std::byte, kArduinoCurrentChars>;

template <std::size_t N>
Bytes hex_in(const std::array<std::byte, N>& digest, Digits& room) {
  const MutableBytes hex = MutableBytes(room).first(2 * N);
  write_hex(digest, hex);
  return hex;
}

// "first:nonce:cnonce"
template <class Hash>
auto digest_of_three(Bytes first, std::string_view nonce, std::string_view cnonce) {
  Hash hash;
  hash.update(first);
  hash.update(as_bytes(":"));
  hash.update(as_bytes(nonce));
  hash.update(as_bytes(":"));
  hash.update(as_bytes(cnonce));
  return hash.finish();
}

// The key that PBKDF2 makes of the password's digest in hex.
crypto::Secret<32> derived(Bytes digest_in_hex, std::string_view nonce, std::string_view cnonce) {
  std::array<std::byte, 2 * kArduinoCurrentChars + 1> salt;
  auto end = std::ranges::copy(as_bytes(nonce), salt.begin()).out;
  *end++ = std::byte{':'};
  end = std::ranges::copy(as_bytes(cnonce), end).out;
  const auto size = static_cast<std::size_t>(end - salt.begin());
  return crypto::pbkdf2_sha256(digest_in_hex, Bytes(salt).first(size), kArduinoRounds);
}

bool is_form(ArduinoForm form, std::string_view response, std::string_view password,
             std::string_view nonce, std::string_view cnonce) {
  const ArduinoHex made = arduino_response(form, password, nonce, cnonce);
  Digits ours{}, theirs{};
  const std::size_t bytes = made.view().size() / 2;
  return read_hex(response, MutableBytes(theirs).first(bytes)) &&
         read_hex(made.view(), MutableBytes(ours).first(bytes)) && crypto::ct_equal(ours, theirs);
}

}  // namespace

ArduinoHex arduino_response(ArduinoForm form, std::string_view password, std::string_view nonce,
                            std::string_view cnonce) {
  Digits room;
  const Bytes hashed = form == ArduinoForm::current
                           ? hex_in(crypto::sha256(as_bytes(password)), room)
                           : hex_in(crypto::md5(as_bytes(password)), room);
  ArduinoHex response;
  if (form == ArduinoForm::legacy) {
    response = ArduinoHex(hex_in(digest_of_three<crypto::Md5>(hashed, nonce, cnonce), room));
  } else {
    const crypto::Secret<32> key = derived(hashed, nonce, cnonce);
    std::array<std::byte, 32> bytes;
    std::ranges::copy(key.reveal(), bytes.begin());
    const Bytes first = hex_in(bytes, room);
    crypto::wipe(bytes);
    response = ArduinoHex(hex_in(digest_of_three<crypto::Sha256>(first, nonce, cnonce), room));
  }
  crypto::wipe(room);
  return response;
}

bool is_arduino_response(std::string_view response, std::string_view password,
                         std::string_view nonce, std::string_view cnonce) {
  if (response.size() == kArduinoLegacyChars) {
    nonce = nonce.substr(0, kArduinoLegacyChars);
    return is_form(ArduinoForm::legacy, response, password, nonce, cnonce);
  }
  if (nonce.size() != kArduinoCurrentChars) return false;
  const bool as_now = is_form(ArduinoForm::current, response, password, nonce, cnonce);
  const bool as_stored = is_form(ArduinoForm::md5_password, response, password, nonce, cnonce);
  return as_now || as_stored;
}

}  // namespace updraft::link
