#include "host/push/http_credentials.hpp"

#include <array>

#include <fmt/format.h>

#include "engine/core/hex.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/link/header_text.hpp"
#include "protocols/link/http_login.hpp"

namespace updraft::host {
namespace {

std::string base64(std::string_view text) {
  constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t at = 0; at < text.size(); at += 3) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      bits = bits << 8 | (at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : 0u);
    }
    const std::size_t letters = std::min<std::size_t>(text.size() - at, 3) + 1;
    for (std::size_t i = 0; i < 4; ++i) {
      out += i < letters ? kLetters[bits >> (18 - 6 * i) & 63] : '=';
    }
  }
  return out;
}

std::string hex_of(Bytes bytes) {
  std::string text(2 * bytes.size(), '0');
  write_hex(bytes, std::as_writable_bytes(std::span(text)));
  return text;
}

bool begins(std::string_view field, std::string_view word) {
  return field.size() > word.size() && field[word.size()] == ' ' &&
         same_word(field.substr(0, word.size()), word);
}

// qop="auth,auth-int" has what we can.
bool offers_auth(std::string_view qop) {
  link::HeaderParameters words(qop, ',');
  while (const auto word = words.next()) {
    if (same_word(word->name, "auth")) return true;
  }
  return false;
}

}  // namespace

bool HttpCredentials::on_challenge(const std::vector<std::string>& fields, bool basic) {
  const Kind before = kind_;
  bool stale = false;
  kind_ = Kind::none;
  for (const std::string& field : fields) {
    if (begins(field, "basic") && basic && kind_ == Kind::none) kind_ = Kind::basic;
    if (!begins(field, "digest")) continue;
    std::string qop, algorithm = "MD5", realm, nonce, opaque;
    link::HeaderParameters list(std::string_view(field).substr(7), ',');
    while (const auto one = list.next()) {
      if (same_word(one->name, "realm")) realm = one->value;
      if (same_word(one->name, "nonce")) nonce = one->value;
      if (same_word(one->name, "opaque")) opaque = one->value;
      if (same_word(one->name, "qop")) qop = one->value;
      if (same_word(one->name, "algorithm")) algorithm = one->value;
      if (same_word(one->name, "stale")) stale = same_word(one->value, "true");
    }
    if (!same_word(algorithm, "MD5") || !offers_auth(qop)) continue;
    kind_ = Kind::digest;
    realm_ = realm;
    nonce_ = nonce;
    opaque_ = opaque;
    count_ = 0;
  }
  const bool again = answered_ && before != Kind::none && !stale;  // it was wrong
  answered_ = false;
  return kind_ != Kind::none && !again;
}

std::string HttpCredentials::answer(const std::string& method, const std::string& target,
                                    const std::string& user, const std::string& password) {
  answered_ = true;
  if (kind_ == Kind::basic) return "Basic " + base64(user + ":" + password);
  std::array<std::byte, 8> random;
  crypto::random_bytes(random);
  const std::string cnonce = hex_of(random);
  const std::string nc = fmt::format("{:08x}", ++count_);
  const crypto::Md5Digest response = link::digest_response(
      {.user = user, .realm = realm_, .nonce = nonce_, .nc = nc, .cnonce = cnonce, .uri = target},
      password, method);
  std::string field = fmt::format(
      "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", algorithm=MD5, "
      "response=\"{}\", qop=auth, nc={}, cnonce=\"{}\"",
      user, realm_, nonce_, target, hex_of(response), nc, cnonce);
  if (!opaque_.empty()) field += fmt::format(", opaque=\"{}\"", opaque_);
  return field;
}

}  // namespace updraft::host
