// The login of a request by HTTP's own means, for clients that are no page: Digest (RFC 7616, MD5,
// qop auth) on plain http, where the password never crosses the line; Basic (RFC 7617) in TLS, and
// on plain http only if the product says so. The password is the product's one; the user's name may
// be any.
//
//   HttpLogin login(guards, {.password = "hunter2"});      // one for all connections
//   switch (login.judge(request, now)) ...                 // passed: go on
//   login.challenge(request, room)                         // for the answer 401
//
// Wrong answers are counted with those of the page and of all connections (login.hpp): who guesses
// waits a second, then a minute.
//
// A nonce is the device's own: a MAC over its time and 64 random bits, so that strangers who ask
// for many take no memory. It is good for kHttpNonceMs, and each count (nc) with it once: what was
// recorded cannot be sent again. Only nonces that were answered right are kept, the last
// kHttpNonces; the others from before them are then stale, and a client asks for a new one by
// itself.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/crypto/hmac.hpp"
#include "engine/crypto/md5.hpp"
#include "engine/crypto/random.hpp"
#include "protocols/link/http_exchange.hpp"
#include "protocols/link/login.hpp"

namespace updraft::link {

inline constexpr Millis kHttpNonceMs{300'000};  // an upload's start, and its upload
inline constexpr std::size_t kHttpNonces = 8;
inline constexpr std::size_t kHttpNonceBytes = 24;       // time, random, MAC: 8 each
inline constexpr std::size_t kHttpUserBytes = 64;        // of the user's name
inline constexpr std::size_t kHttpPasswordBytes = 128;   // one that is longer fits nobody
inline constexpr std::size_t kHttpChallengeBytes = 160;  // room for challenge()

// RFC 7617: user:password in base64. Writes the password into `room` and returns its length;
// nullopt: this is no such text, or it does not fit.
std::optional<std::size_t> basic_password(std::string_view credentials, MutableBytes room);

// What RFC 7616 asks for as `response`, 32 hex digits; HA1 and HA2 of MD5, qop auth.
struct DigestAnswer {
  std::string_view user, realm, nonce, nc, cnonce, uri;
};
crypto::Md5Digest digest_response(const DigestAnswer& given, std::string_view password,
                                  std::string_view method);

class HttpLogin {
 public:
  struct Config {
    std::string_view password;  // not empty; outlives it
    std::string_view realm = "Updraft";
    bool basic_in_clear = false;  // who listens on plain http reads the password then
    crypto::RandomSource random = &crypto::random_bytes;
  };
  // The guards are shared with other logins of the same password, and outlive it.
  HttpLogin(LoginGuards& guards, const Config& config);

  enum class Verdict : std::uint8_t {
    passed,
    asked,   // there is no answer yet, or none of the kind that is asked for: 401
    stale,   // one that belongs to an old nonce: 401, and the client answers the new one by itself
    wrong,   // 401
    wait,    // less than a second after a wrong one from there: 429
    locked,  // 429
  };
  Verdict judge(const HttpRequest& request, Instant now);
  // For WWW-Authenticate. `room`: kHttpChallengeBytes.
  std::string_view challenge(const HttpRequest& request, Verdict verdict, Instant now,
                             std::span<char> room) const;

 private:
  enum class Fit : std::uint8_t { right, wrong, stale, none };
  struct Nonce {
    std::array<std::byte, 16> id{};  // its time and randomness
    std::uint32_t count = 0;         // the last that was answered; 0: the place is free
  };
  Fit look(const HttpRequest& request, Instant now);
  Fit basic(std::string_view credentials) const;
  Fit digest(std::string_view parameters, const HttpRequest& request, Instant now);
  Fit use(Bytes id, std::uint32_t count);
  bool takes_basic(const HttpRequest& request) const {
    return request.tls || config_.basic_in_clear;
  }
  void seal(MutableBytes nonce) const;

  LoginGuards& guards_;
  Config config_;
  crypto::Secret<32> secret_;
  std::array<Nonce, kHttpNonces> used_;
  std::uint64_t oldest_ = 0;  // what was made before, and is not in used_, is stale
};

// A request that is not let in by its login: what to answer.
struct HttpTurnedAway {
  Error why;             // auth_failed, locked
  bool guessed;          // a wrong password was given, which is an attempt
  std::uint16_t status;  // 401, 429
  std::string_view challenge;
  unsigned retry_after;  // seconds

  void mark(HttpAnswer& answer) const;
};
// nullopt: it is let in; also where there is no login. `room`: kHttpChallengeBytes, for as long as
// the answer.
std::optional<HttpTurnedAway> turn_away(HttpLogin* login, const HttpRequest& request, Instant now,
                                        std::span<char> room);

}  // namespace updraft::link
