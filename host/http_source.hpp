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

#include "updraft/result.hpp"

#include "protocols/link/source.hpp"

namespace updraft::host {

inline constexpr long kRedirects = 3;
inline constexpr std::size_t kHttpHeaderBytes = 4096;               // of one answer
inline constexpr std::uint64_t kHttpBodyBytes = 128 * 1024 * 1024;  // the largest flash there is
inline constexpr std::chrono::seconds kHttpConnect{10};             // also for a TLS handshake
inline constexpr std::chrono::seconds kHttpHead{15};     // for an answer's head to be whole
inline constexpr std::chrono::seconds kHttpSilence{30};  // for the next byte

struct HttpOptions {
  std::string cafile;             // PEM; empty: the system's
  bool insecure = false;          // take any certificate
  std::function<bool()> stopped;  // asked now and then while it waits; true: give up
  std::chrono::seconds head = kHttpHead, silence = kHttpSilence;
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
