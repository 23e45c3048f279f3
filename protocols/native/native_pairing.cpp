#include "protocols/native/native_pairing.hpp"

#include <algorithm>

#include "engine/crypto/hmac.hpp"
#include "protocols/link/http_text.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kStart = "updraft-pair:1:";
constexpr std::string_view kIdentity = "updraft1:";
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kInfo = "updraft push 1 ";
constexpr std::string_view kDigits =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kSecretDigits = 43;  // of base64url, without padding
static_assert(kPairingTextBytes == kStart.size() + kNativeIdBytes + 1 + kSecretDigits);
static_assert(kIdentityBytes == kIdentity.size() + kNativeIdBytes);

bool is_id_letter(char c) {
  const auto lower = static_cast<char>(c | 0x20);
  return (lower >= 'a' && lower <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
         c == '-';
}

// Six bits for each digit, the first ones first; the last digit has two bits too many, which are 0.
bool read_secret(std::string_view digits, MutableBytes out) {
  if (digits.size() != kSecretDigits) return false;
  std::uint32_t bits = 0;
  unsigned held = 0;
  std::size_t size = 0;
  for (const char c : digits) {
    const std::size_t value = kDigits.find(c);
    if (value == kDigits.npos) return false;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8 || size == out.size()) continue;
    held -= 8;
    out[size++] = static_cast<std::byte>(bits >> held & 0xff);
  }
  return size == out.size() && (bits & ((1u << held) - 1)) == 0;
}

void add_secret(HttpText& out, Bytes secret) {
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::byte b : secret) {
    bits = bits << 8 | std::to_integer<std::uint32_t>(b);
    for (held += 8; held >= 6; held -= 6) out.add({&kDigits[bits >> (held - 6) & 63], 1});
  }
  if (held != 0) out.add({&kDigits[bits << (6 - held) & 63], 1});
}

}  // namespace

bool is_native_id(std::string_view text) {
  return !text.empty() && text.size() <= kNativeIdBytes && std::ranges::all_of(text, is_id_letter);
}

std::optional<Pairing> parse_pairing(std::string_view text) {
  const std::size_t end = text.find_last_not_of(kBlanks);
  text = end == text.npos ? std::string_view() : text.substr(0, end + 1);
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  if (!text.starts_with(kStart)) return std::nullopt;
  text.remove_prefix(kStart.size());
  const std::size_t colon = text.find(':');
  if (colon == text.npos || !is_native_id(text.substr(0, colon))) return std::nullopt;
  std::array<std::byte, kSecretBytes> secret{};
  const bool sound = read_secret(text.substr(colon + 1), secret);
  std::optional<Pairing> pairing;
  if (sound) {
    pairing.emplace(Pairing{Text<kNativeIdBytes>(text.substr(0, colon)), PairingSecret(secret)});
  }
  crypto::wipe(secret);
  return pairing;
}

std::string_view pairing_text(const Pairing& pairing, std::span<char> room) {
  HttpText out(room);
  out.add(kStart).add(pairing.id.view()).add(":");
  add_secret(out, pairing.secret.reveal());
  return out.view();
}

std::string_view native_identity(std::string_view id, std::span<char> room) {
  return HttpText(room).add(kIdentity).add(id).view();
}

crypto::Secret<32> native_key(const Pairing& pairing) {
  std::array<char, kInfo.size() + kNativeIdBytes> room;
  const std::string_view info = HttpText(room).add(kInfo).add(pairing.id.view()).view();
  return crypto::hkdf_sha256(pairing.secret.reveal(), {}, as_bytes(info));
}

}  // namespace updraft::link
