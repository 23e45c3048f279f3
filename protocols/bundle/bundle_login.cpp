#include "protocols/bundle/bundle_login.hpp"

#include "engine/crypto/secret.hpp"

namespace updraft::link {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

// Two hex digits per byte of `in`.
void write_hex(Bytes in, MutableBytes out) {
  for (std::size_t i = 0; i < in.size(); ++i) {
    out[2 * i] = static_cast<std::byte>(kDigits[load_u8(in, i) >> 4]);
    out[2 * i + 1] = static_cast<std::byte>(kDigits[load_u8(in, i) & 15]);
  }
}

int digit_of(std::byte character) {
  const char c = static_cast<char>(character);
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool read_hex(Bytes in, MutableBytes out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    const int high = digit_of(in[2 * i]);
    const int low = digit_of(in[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    out[i] = static_cast<std::byte>(high * 16 + low);
  }
  return true;
}

crypto::Sha256Digest digest_of(const Challenge& challenge, std::string_view password) {
  crypto::Sha256 hash;
  hash.update(challenge);
  hash.update(as_bytes(password));
  return hash.finish();
}

}  // namespace

void LoginGuard::on_failure(Instant now) {
  locked_ = ++failures_ >= kLoginLockAfter;
  opens_at_ = now + (locked_ ? kLoginLockMs : kLoginDelayMs);
  if (locked_) failures_ = 0;
}

void LoginGuard::on_success() { failures_ = 0; }

Challenge make_challenge(crypto::RandomSource random) {
  std::array<std::byte, kChallengeChars / 2> bits;
  random(bits);
  Challenge challenge;
  write_hex(bits, challenge);
  return challenge;
}

Answer answer_to(const Challenge& challenge, std::string_view password) {
  Answer answer;
  write_hex(digest_of(challenge, password), answer);
  return answer;
}

bool is_answer(const Answer& answer, const Challenge& challenge, std::string_view password) {
  crypto::Sha256Digest given;
  return read_hex(answer, given) && crypto::ct_equal(given, digest_of(challenge, password));
}

}  // namespace updraft::link
