// A payload from a web server, taken as fast as it is read and never stored: at most 64 KiB wait.
//
// http and https, GET, up to kRedirects redirects, from https to https only; TLS 1.2 or newer, the
// server's name and certificate are checked. Without a Content-Length the server marks the end, and
// a connection that is lost before it is a failure.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "updraft/result.hpp"

#include "protocols/link/source.hpp"

namespace updraft::host {

inline constexpr long kRedirects = 3;
// Of all that is no body: the heads of all answers on the way, lines between chunks, trailers. A
// redirect of a large site has 5 KB. Chunks may be small, so their lines may also be a sixteenth of
// the body.
inline constexpr std::size_t kHttpLines = 64 * 1024;
inline constexpr std::uint64_t kHttpBodyBytes = 128 * 1024 * 1024;  // the largest flash there is
inline constexpr std::chrono::seconds kHttpConnect{10};             // also for a TLS handshake
inline constexpr std::chrono::seconds kHttpHead{15};     // for an answer's head to be whole
inline constexpr std::chrono::seconds kHttpSilence{30};  // for the next byte
// A server that drips is given up: after the first minute of waiting for it, it must have brought
// so much a second of waiting, and in an hour of waiting all. Time that the device takes is no
// waiting.
inline constexpr std::uint64_t kHttpLowestRate = 1024;  // bytes
inline constexpr std::chrono::seconds kHttpGrace{60}, kHttpLongest{3600};

struct HttpOptions {
  std::vector<std::string> headers;  // "Authorization: Bearer ...", for the host of the URL alone
  std::string cafile;                // PEM; empty: the system's
  bool insecure = false;             // take any certificate
  std::function<bool()> stopped;     // asked now and then while it waits; true: give up
  std::chrono::seconds head = kHttpHead, silence = kHttpSilence, grace = kHttpGrace;
};

// Why there is no payload, for programs and for people.
struct SourceFailure {
  Error error;
  std::string text;  // a sentence; passwords in URLs are left out
};

class HttpSource final : public link::Source {
 public:
  // Connects and reads until the body begins, or fails: see failure().
  HttpSource(const std::string& url, const HttpOptions& options);
  ~HttpSource();
  HttpSource(const HttpSource&) = delete;
  HttpSource& operator=(const HttpSource&) = delete;

  std::uint64_t size() const override;  // link::kUnknownSize: the server does not say
  std::size_t read(MutableBytes out) override;
  // Errors: http_status (`found`: the status), unreachable, timeout, protocol, size_mismatch (the
  // server stopped early), too_big (more than kHttpBodyBytes), payload_missing (an empty body),
  // aborted (`stopped`).
  const std::optional<SourceFailure>& failure() const;

 private:
  struct Transfer;
  std::unique_ptr<Transfer> transfer_;
};

bool is_http_url(const std::string& text);

}  // namespace updraft::host
