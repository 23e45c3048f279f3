// A device's web server as a push uses it: one request after the other, each on a connection of its
// own, with TLS if the URL says so, and a login when it is asked for.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "host/push/ended.hpp"
#include "host/push/http_credentials.hpp"
#include "host/push/push_loop.hpp"
#include "host/push/tls_trust.hpp"
#include "ports/linux/http_request_link.hpp"

namespace updraft::host {

struct HttpLoginOf {
  std::string user = "updraft";
  // Gives the password when it is asked for. May throw; empty: nobody knows one.
  std::function<std::string()> password;
  bool basic_in_clear = false;  // a device that wants it so may have the password on plain http
};

struct HttpHeard {
  Result<> outcome;     // of HttpRequestLink, or unreachable
  unsigned status = 0;  // 0: no answer
  std::string body;     // as far as it came
  std::uint64_t sent = 0, total = 0;
};

class HttpClient {
 public:
  // `to` and `login` outlive it. The trust counts only with TLS.
  HttpClient(const PushTo& to, const TlsTrust& trust, const HttpLoginOf& login);

  // Makes the request for each try: `fresh` gives what is sent, but for host and login. Where
  // nobody answers, or the device closes before it has heard anything, it is tried again for
  // `retry_for`. A login that is asked for is given once: an answer 401 means that it was wrong.
  HttpHeard send(const std::function<linux_port::HttpSending()>& fresh, Millis retry_for);

  bool stopped() const { return loop_.stopped(); }
  void pause(Millis time) { loop_.pause(time); }
  Instant now() const { return loop_.now(); }
  // Once all is said: how long it took, whose certificate was shown, and that it was stopped.
  void close(Ended& ended) const;

 private:
  HttpHeard once(linux_port::HttpSending sending, Millis retry_for, bool shown);
  std::string host_field() const;

  const PushTo& to_;
  const HttpLoginOf& login_;
  PushLoop loop_;
  HttpCredentials credentials_;
  std::optional<std::string> password_;
  std::vector<std::string> challenges_;  // of the last answer
  std::optional<linux_port::TlsContext> tls_;
  std::optional<crypto::Sha256Digest> certificate_;
};

}  // namespace updraft::host
