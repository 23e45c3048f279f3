#include "protocols/link/http_login.hpp"

#include <chrono>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;
using Verdict = HttpLogin::Verdict;

std::string hex_of(Bytes bytes) {
  std::string text(2 * bytes.size(), '0');
  write_hex(bytes, std::as_writable_bytes(std::span(text)));
  return text;
}

// The worked example of elegant-ota.md section 4.
TEST(HttpLogin, DigestsAsTheSpecification) {
  DigestAnswer given{.user = "admin",
                     .realm = "Login Required",
                     .nonce = "0123456789abcdef0123456789abcdef",
                     .nc = "00000001",
                     .cnonce = "deadbeef",
                     .uri = "/ota/start?mode=fr&hash=bbf1c77538f97ceeb1e03126edaa3594"};
  EXPECT_EQ(hex_of(digest_response(given, "correct horse", "GET")),
            "ae65c9bdca6228db50f060cc0d884c29");
  given.uri = "/ota/upload";
  EXPECT_EQ(hex_of(digest_response(given, "correct horse", "POST")),
            "d32604821e81df0f61e1a258b48c7863");
}

TEST(HttpLogin, ReadsBasic) {
  const auto password = [](std::string_view text) -> std::string {
    std::array<std::byte, kHttpPasswordBytes> room;
    const auto size = basic_password(text, room);
    return size ? std::string(as_text(Bytes(room).first(*size))) : "none";
  };
  EXPECT_EQ(password("YWRtaW46Y29ycmVjdCBob3JzZQ=="), "correct horse");
  EXPECT_EQ(password("Og=="), "") << "an empty one";
  EXPECT_EQ(password("YTpiOmM="), "b:c");
  for (const char* none : {"", "YWRtaW4=", "****", "YWRtaW46 Y29y", "Y"}) {
    EXPECT_EQ(password(none), "none") << none;
  }
  const std::string most((kHttpPasswordBytes + 3) / 3 * 4, 'Y');
  EXPECT_EQ(password("YTph" + most), "none") << "longer than anybody's";
}

struct LoginTest : testing::Test {
  HttpRequest request(std::string_view authorization, bool tls = false) const {
    return {.method = "POST",
            .target = "/ota",
            .authorization = authorization,
            .length = 5,
            .tls = tls,
            .from = 7};
  }
  Verdict judge(const std::string& authorization, bool tls = false) {
    return login.judge(request(authorization, tls), now);
  }
  std::string challenge(Verdict verdict = Verdict::asked, bool tls = false) {
    std::array<char, kHttpChallengeBytes> room{};
    return std::string(login.challenge(request("", tls), verdict, now, room));
  }
  static std::string nonce_of(const std::string& challenge) {
    const std::size_t at = challenge.find("nonce=\"") + 7;
    return challenge.substr(at, challenge.find('"', at) - at);
  }
  std::string fresh() { return nonce_of(challenge()); }
  // What a client says that knows `password`.
  static std::string digest(const std::string& nonce, const std::string& password = "hunter2",
                            const std::string& nc = "00000001", const std::string& uri = "/ota",
                            const std::string& user = "any", const std::string& realm = "Updraft") {
    const DigestAnswer given{
        .user = user, .realm = realm, .nonce = nonce, .nc = nc, .cnonce = "c0ffee", .uri = uri};
    return "Digest username=\"" + user + "\", realm=\"" + realm + "\", nonce=\"" + nonce +
           "\", uri=\"" + uri + "\", qop=auth, nc=" + nc + ", cnonce=\"c0ffee\", response=\"" +
           hex_of(digest_response(given, password, "POST")) + "\"";
  }

  LoginGuards guards;
  HttpLogin login{guards, {.password = "hunter2"}};
  Instant now{std::chrono::hours(9)};
};

TEST_F(LoginTest, AsksByTheKindOfLine) {
  EXPECT_EQ(judge(""), Verdict::asked);
  EXPECT_TRUE(
      challenge().starts_with("Digest realm=\"Updraft\", qop=\"auth\", algorithm=MD5, nonce="));
  EXPECT_EQ(challenge(Verdict::asked, true), "Basic realm=\"Updraft\", charset=\"UTF-8\"");
  EXPECT_TRUE(challenge(Verdict::stale).ends_with(", stale=true"));
  EXPECT_LE(challenge(Verdict::stale).size(), kHttpChallengeBytes);
  EXPECT_FALSE(challenge().ends_with("stale=true"));
}

TEST_F(LoginTest, ARightAnswerPassesOnce) {
  const std::string nonce = fresh();
  EXPECT_EQ(judge(digest(nonce)), Verdict::passed);
  EXPECT_EQ(judge(digest(nonce)), Verdict::stale) << "recorded and sent again";
  EXPECT_EQ(judge(digest(nonce, "hunter2", "00000003")), Verdict::passed) << "the next count";
  EXPECT_EQ(judge(digest(nonce, "hunter2", "00000002")), Verdict::stale);
  EXPECT_EQ(judge(digest(fresh(), "hunter2", "00000000")), Verdict::stale) << "no client counts so";
}

TEST_F(LoginTest, WhatDoesNotFitIsWrong) {
  const auto wrong = [&](const std::string& authorization) {
    now += 2s;
    const Verdict verdict = judge(authorization);
    (void)judge(digest(fresh()));  // so that nobody is locked out
    return verdict;
  };
  EXPECT_EQ(wrong(digest(fresh(), "hunter3")), Verdict::wrong);
  EXPECT_EQ(wrong(digest(fresh(), "")), Verdict::wrong);
  EXPECT_EQ(wrong(digest(fresh(), "hunter2", "00000001", "/other")), Verdict::wrong);
  EXPECT_EQ(wrong(digest(fresh(), "hunter2", "00000001", "/ota", "a", "Other")), Verdict::wrong);
  EXPECT_EQ(wrong(digest(fresh(), "hunter2", "1")), Verdict::wrong);
  EXPECT_EQ(wrong(digest(fresh(), "hunter2", "00000001", "/ota", std::string(65, 'u'))),
            Verdict::wrong);
  std::string without_qop = digest(fresh());
  without_qop.replace(without_qop.find("qop=auth"), 8, "qop=none");
  EXPECT_EQ(wrong(without_qop), Verdict::wrong);
  std::string half = digest(fresh());
  half.resize(half.size() - 10);
  EXPECT_EQ(wrong(half), Verdict::wrong);
}

TEST_F(LoginTest, ANonceIsOursAndYoung) {
  std::string nonce = fresh();
  now += kHttpNonceMs;
  EXPECT_EQ(judge(digest(nonce)), Verdict::passed);
  nonce = fresh();
  now += kHttpNonceMs + 1ms;
  EXPECT_EQ(judge(digest(nonce)), Verdict::stale);
  for (std::size_t i = 0; i < 2 * kHttpNonceBytes; ++i) {
    std::string other = fresh();
    other[i] = other[i] == '0' ? '1' : '0';
    EXPECT_EQ(judge(digest(other)), Verdict::stale) << i;
  }
  EXPECT_EQ(judge(digest("0123456789abcdef0123456789abcdef")), Verdict::stale);
  HttpLogin another(guards, {.password = "hunter2"});  // after a restart
  EXPECT_EQ(another.judge(request(digest(fresh())), now), Verdict::stale);
}

// As many challenges as strangers like cost an owner nothing.
TEST_F(LoginTest, StrangersTakeNoRoom) {
  const std::string nonce = fresh();
  for (int i = 0; i < 10'000; ++i) {
    now += 1ms;
    (void)challenge();
  }
  EXPECT_EQ(judge(digest(nonce)), Verdict::passed);
}

TEST_F(LoginTest, WhatFellOutOfMemoryIsStale) {
  const std::string first = fresh();
  EXPECT_EQ(judge(digest(first)), Verdict::passed);
  for (std::size_t i = 0; i < kHttpNonces; ++i) {
    now += 10ms;
    EXPECT_EQ(judge(digest(fresh())), Verdict::passed);
  }
  EXPECT_EQ(judge(digest(first)), Verdict::stale) << "not taken a second time";
  EXPECT_EQ(judge(digest(first, "hunter2", "00000002")), Verdict::stale);
}

TEST_F(LoginTest, BasicIsForTls) {
  const std::string right = "Basic dXBkcmFmdDpodW50ZXIy";  // updraft:hunter2
  EXPECT_EQ(judge(right, true), Verdict::passed);
  EXPECT_EQ(judge("basic " + right.substr(6), true), Verdict::passed);
  EXPECT_EQ(judge(right), Verdict::asked) << "in clear it is not even looked at";
  EXPECT_EQ(guards.opens_at(7), Instant::min());
  EXPECT_EQ(judge("Basic dXBkcmFmdDpodW50ZXIz", true), Verdict::wrong);
  EXPECT_EQ(judge(right, true), Verdict::wait);
  now += 1s;
  EXPECT_EQ(judge(right, true), Verdict::passed);
  HttpLogin told(guards, {.password = "hunter2", .basic_in_clear = true});
  EXPECT_EQ(told.judge(request(right), now), Verdict::passed);
  for (const char* none : {"Bearer x", "Basic", "Digest", "Basicx y"}) {
    EXPECT_EQ(judge(none, true), Verdict::asked) << none;
  }
}

TEST_F(LoginTest, GuessesAreSlowAndFew) {
  for (unsigned n = 0; n < kLoginLockAfter; ++n) {
    EXPECT_EQ(judge(digest(fresh(), "guess")), Verdict::wrong);
    EXPECT_EQ(judge(digest(fresh())), n + 1 < kLoginLockAfter ? Verdict::wait : Verdict::locked);
    now += 1s;
  }
  EXPECT_EQ(judge(""), Verdict::locked) << "nor is it asked";
  now += kLoginLockMs;
  EXPECT_EQ(judge(digest(fresh())), Verdict::passed);
}

TEST_F(LoginTest, NoncesDoNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(seen.insert(fresh()).second);
}

}  // namespace
}  // namespace updraft::link
