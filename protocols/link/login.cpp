#include "protocols/link/login.hpp"

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

void LoginGuards::on_failure(Origin from, Instant now) { take(from, now, false).on_failure(now); }

void LoginGuards::on_success(Origin from, Instant now) { take(from, now, true).on_success(); }

const LoginGuard& LoginGuards::of(Origin from) const {
  for (const Place& place : places_) {
    if (place.taken && place.from == from) return place.guard;
  }
  return others_;  // fresh as long as there is a place for whoever comes next
}

// The place of that origin: its own, a free one, or that of the one who was quiet for longest. A
// newcomer never takes the place of an address that is locked or that knows the password.
LoginGuard& LoginGuards::take(Origin from, Instant now, bool knows) {
  Place* chosen = nullptr;
  for (Place& place : places_) {
    if (place.taken && place.from == from) {
      place.knows = place.knows || knows;
      return place.guard;
    }
    const bool free = !place.taken || (!place.guard.locked(now) && (knows || !place.knows));
    const bool longer = chosen == nullptr || place.guard.opens_at() < chosen->guard.opens_at();
    if (free && longer) chosen = &place;
  }
  if (chosen == nullptr) return others_;
  *chosen = {.from = from, .guard = {}, .taken = true, .knows = knows};
  return chosen->guard;
}

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
