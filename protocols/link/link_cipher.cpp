#include "protocols/link/link_cipher.hpp"

#include <array>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

using crypto::AesMode;

// What is wrong with `text`, as a number of bytes that is not `expected`: the bytes before the
// first character that is no digit, or those of the whole text if it only is too long.
std::size_t bytes_in_hex(std::string_view text, std::size_t expected) {
  const std::size_t good = hex_digits_in_front(text);
  return good < 2 * expected ? good / 2 : (text.size() + 1) / 2;
}

template <std::size_t N>
crypto::Secret<N> from_hex(std::string_view digits) {
  std::array<std::byte, N> bytes{};
  read_hex(digits, bytes);
  const crypto::Secret<N> secret{Bytes(bytes)};
  crypto::wipe(bytes);
  return secret;
}

bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

// A key or IV of N bytes; `fits` judges the length of a text.
template <std::size_t N, class Fits>
Result<crypto::Secret<N>> read_secret(std::string_view text, Fits fits) {
  if (take_prefix(text, "hex:")) {
    if (is_hex(text, N)) return from_hex<N>(text);
    return fail(Code::wrong_key, Where::link, bytes_in_hex(text, N), N);
  }
  const bool as_text = take_prefix(text, "text:");
  if (!as_text && is_hex(text, N)) return from_hex<N>(text);
  if (!fits(text.size())) return fail(Code::wrong_key, Where::link, text.size(), N);
  return crypto::Secret<N>{as_bytes(text)};
}

bool is_cut(std::string_view key) {
  if (key.starts_with("hex:")) return false;
  if (take_prefix(key, "text:")) return key.size() > kLinkKeyBytes;
  return key.size() > kLinkKeyBytes && !is_hex(key, kLinkKeyBytes);
}

}  // namespace

Result<LinkCipher> link_cipher(AesMode mode, std::string_view key, std::string_view iv) {
  const bool ecb = mode == AesMode::ecb;
  LinkCipher cipher{.mode = mode, .key_cut = ecb && is_cut(key)};
  const auto key_bytes = read_secret<kLinkKeyBytes>(
      key, [ecb](std::size_t size) { return ecb ? size > 0 : size == kLinkKeyBytes; });
  if (!key_bytes) return key_bytes.error();
  cipher.key = *key_bytes;
  if (ecb) {
    if (!iv.empty()) return fail(Code::wrong_key, Where::link, iv.size(), 0);
    return cipher;
  }
  const auto iv_bytes =
      read_secret<kLinkIvBytes>(iv, [](std::size_t size) { return size == kLinkIvBytes; });
  if (!iv_bytes) return iv_bytes.error();
  cipher.iv = *iv_bytes;
  return cipher;
}

}  // namespace updraft::link
