// A device's HTTP port as the command line uses it: any link to it, with TLS where the URL says so,
// and its status document.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include <CLI/App.hpp>

#include "cli/words/url.hpp"
#include "ports/linux/reactor.hpp"
#include "ports/linux/tls_link.hpp"
#include "protocols/ws/ws_host.hpp"

namespace updraft::cli {

struct TlsOptions {
  std::string fingerprint;
  bool insecure = false;
};
void add_tls_options(CLI::App& command, TlsOptions& options);

// The answer of GET /ota/status; text is made printable.
struct DeviceStatus {
  std::string project, version, digest, state, boot;
  bool pending = false;
  std::optional<std::int64_t> confirm_in_ms;
  struct Last {
    std::string result, code, message;
  };
  std::optional<Last> last;
  std::string title() const;  // "demo 1.1.0, 5f82e316d434907d"
};

class WsClient {
 public:
  // Throws Stop(kUsage) where the options make no sense.
  WsClient(const Url& url, const TlsOptions& tls);

  // Connects, tries for `retry_for` while nobody answers, and runs the link to its end. Throws
  // Stop(kFailed) when the user interrupts.
  Result<> run(link::Link& link, Millis retry_for);
  Result<> talk(link::WsHost& host, Millis retry_for);  // runs it over the WebSocket
  // The device's own words about itself; http_status where it has none, as the original has not.
  Result<DeviceStatus> status(Millis retry_for);
  void pause(Millis time);

  const Url& url() const { return url_; }
  std::string host_field() const;
  linux_port::Reactor& reactor() { return reactor_; }
  // What to tell a person about an error of run().
  std::string explain(const Error& error, Millis waited) const;

 private:
  Url url_;
  std::optional<linux_port::TlsContext> tls_;
  std::optional<crypto::Sha256Digest> peer_;  // the certificate that was shown last
  linux_port::Reactor reactor_;
  bool stopped_ = false;
};

}  // namespace updraft::cli
