// One HTTP request and its answer, as the machine of a protocol sees them that lives in HTTP. The
// port reads the head, has HttpGuard judge it, and counts the body; the machine takes it and says
// what to answer. No sockets, no clock, no heap.
//
//   machine.on_request(request, now);
//   while (!machine.answer()) machine.on_body(what arrived, now);   // exactly request.length bytes
//   machine.on_end(now);           // all of them are there; or on_cut(), once, if they never come
//   ... send *machine.answer(), and read on what the peer still sends, so that it hears it
//
// A machine is made for one request.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/result.hpp"
#include "updraft/time.hpp"

#include "protocols/link/origin.hpp"

namespace updraft::link {

// A head as HttpGuard let it in. The texts live until on_request() returns.
struct HttpRequest {
  std::string_view method;
  std::string_view target;         // as sent, with its query
  std::string_view type;           // Content-Type
  std::string_view authorization;  // empty: none
  std::uint64_t length = 0;        // bytes of the body
  bool tls = false;
  Origin from = kSomewhere;

  std::string_view path() const { return target.substr(0, target.find('?')); }
  std::string_view query() const {
    const std::size_t mark = target.find('?');
    return mark == target.npos ? std::string_view() : target.substr(mark + 1);
  }
};

struct HttpAnswer {
  std::uint16_t status = 200;
  std::string_view type;            // Content-Type
  std::string_view body;            // lives as long as the machine
  std::string_view challenge = {};  // WWW-Authenticate; empty: none
  unsigned retry_after = 0;         // seconds; 0: not said
};

// To a request that says no length, or sends chunks.
inline constexpr HttpAnswer kLengthRequired{
    .status = 411,
    .type = "text/plain; charset=utf-8",
    .body = "Say how long the body is: send Content-Length, and no chunks.\n"};

// The words of HTTP for the status of an answer: "Unprocessable Content".
std::string_view answer_reason(std::uint16_t status);

class HttpMachine {
 public:
  virtual void on_request(const HttpRequest& request, Instant now) = 0;
  // As long as there is no answer().
  virtual void on_body(Bytes rx, Instant now) = 0;
  virtual void on_end(Instant now) = 0;
  // The body does not come to its end: lost, too slow. Also after the answer; then it means
  // nothing.
  virtual void on_cut(const Error& why) = 0;
  // nullopt: it takes the body. There is one after on_end() and on_cut().
  virtual std::optional<HttpAnswer> answer() const = 0;
  virtual bool proven() const = 0;  // as of Link

 protected:
  ~HttpMachine() = default;
};

// What a port reads the body of a request by. Silence and a drip end it (security.md section 6).
inline constexpr Millis kHttpSilenceMs{10'000};     // without a byte
inline constexpr std::uint64_t kHttpMinRate = 256;  // bytes per second of waiting ...
inline constexpr Millis kHttpRateMs{10'000};        // ... over so long
inline constexpr Millis kHttpBodyMs{900'000};       // for all of it, as raw TCP
// To read on after an answer that came before the end of the body: a peer that is still sending
// would see a reset in its place.
inline constexpr Millis kHttpDrainMs{3'000};

// Keeps that time. It runs while the port waits for bytes, not while the engine works on flash.
class HttpBodyClock {
 public:
  void begin(Instant now) { *this = {.began = now, .silent_since = now}; }
  void on_waiting(Instant now) {
    if (!silent_since) silent_since = now;
  }
  // False: it came too slowly.
  bool on_bytes(std::size_t size, Instant now) {
    if (silent_since) waited += now - *silent_since;
    silent_since.reset();
    arrived += size;
    if (waited < kHttpRateMs) return true;
    const bool fast = arrived * 1000 >= kHttpMinRate * static_cast<std::uint64_t>(waited.count());
    waited = Millis{0};
    arrived = 0;
    return fast;
  }
  Instant deadline() const {
    const Instant end = began + kHttpBodyMs;
    return silent_since ? std::min(end, *silent_since + kHttpSilenceMs) : end;
  }

  Instant began{};
  std::optional<Instant> silent_since{};
  Millis waited{0};
  std::uint64_t arrived = 0;
};

}  // namespace updraft::link
