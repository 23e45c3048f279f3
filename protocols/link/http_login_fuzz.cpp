// Any Authorization to a login. Checks that nobody passes who does not know the password, and that
// what failed is counted.
//
// Input: byte 0 bit 0: in TLS; bit 1: the real nonce takes the place of each N in the text.
#include <string>

#include "protocols/link/http_login.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using namespace updraft::link;

namespace {
void zeros(MutableBytes out) { std::ranges::fill(out, std::byte{0}); }
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  LoginGuards guards;
  HttpLogin login(guards, {.password = "no input has this", .random = &zeros});
  HttpRequest request{.method = "POST", .target = "/ota", .tls = (data[0] & 1) != 0};
  std::array<char, kHttpChallengeBytes> room{};
  const Instant now{Millis{1000}};
  const std::string challenge(login.challenge({}, HttpLogin::Verdict::asked, now, room));
  const std::size_t at = challenge.find("nonce=\"") + 7;
  std::string text(as_text(fuzz::input(data, size).subspan(1)));
  if ((data[0] & 2) != 0) {
    const std::size_t place = text.find('N');
    if (place != text.npos) text.replace(place, 1, challenge.substr(at, 2 * kHttpNonceBytes));
  }
  request.authorization = text;
  const HttpLogin::Verdict verdict = login.judge(request, now);
  fuzz::check(verdict != HttpLogin::Verdict::passed, "nobody passes without the password");
  const bool counted = guards.opens_at(request.from) > now;
  fuzz::check(counted == (verdict == HttpLogin::Verdict::wrong), "what was wrong is counted");
  (void)login.challenge(request, verdict, now, room);
  return 0;
}
