#include "protocols/bundle/bundle_login.hpp"

#include "engine/core/hex.hpp"
#include "engine/crypto/secret.hpp"

namespace updraft::link {
namespace {

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
  return read_hex(as_text(answer), given) &&
         crypto::ct_equal(given, digest_of(challenge, password));
}

}  // namespace updraft::link
