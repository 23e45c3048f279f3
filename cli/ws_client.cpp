#include "cli/ws_client.hpp"

#include <charconv>

#include <boost/json/parse.hpp>
#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/words/text.hpp"
#include "ports/linux/http_get_link.hpp"
#include "ports/linux/ws_client_link.hpp"

namespace updraft::cli {
namespace {

constexpr std::int64_t kMostCountdownMs = 86'400'000;  // a day; what is more is no countdown

// A connection for a link that its owner keeps.
class Borrowed final : public linux_port::Connection {
 public:
  Borrowed(link::Link& link, const linux_port::TlsContext* tls) : link_(link) {
    if (tls != nullptr) tls_.emplace(*tls, link);
  }
  link::Link& link() override { return tls_ ? *tls_ : link_; }
  void closed(const Result<>& outcome) override {
    on_closed(outcome, tls_ ? tls_->peer() : std::nullopt);
  }
  std::function<void(const Result<>&, const std::optional<crypto::Sha256Digest>&)> on_closed;

 private:
  link::Link& link_;
  std::optional<linux_port::TlsLink> tls_;
};

// 64 hex digits, with or without colons, as openssl and browsers write them.
crypto::Sha256Digest parse_fingerprint(const std::string& text) {
  std::string digits;
  for (const char c : text) {
    if (c != ':' && c != ' ') digits += c;
  }
  crypto::Sha256Digest digest{};
  bool good = digits.size() == 2 * digest.size();
  for (std::size_t i = 0; good && i < digest.size(); ++i) {
    unsigned byte = 0;
    const char* const at = digits.data() + 2 * i;
    const auto [end, error] = std::from_chars(at, at + 2, byte, 16);
    good = error == std::errc{} && end == at + 2;
    digest[i] = static_cast<std::byte>(byte);
  }
  if (!good) throw Stop(kUsage, "--fingerprint: want the 64 hex digits that the device printed");
  return digest;
}

std::string text(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) return "";
  return printable(std::string_view(value->get_string()));
}

std::optional<DeviceStatus> parse_status(const std::string& body) {
  boost::system::error_code error;
  const boost::json::value json = boost::json::parse(body, error);
  if (error || !json.is_object()) return std::nullopt;
  const boost::json::object& object = json.get_object();
  DeviceStatus status;
  status.project = text(object, "project");
  status.version = text(object, "version");
  status.digest = text(object, "digest");
  status.state = text(object, "state");
  status.boot = text(object, "boot");
  if (const auto* pending = object.if_contains("pending"); pending && pending->is_bool()) {
    status.pending = pending->get_bool();
  }
  if (const auto* in = object.if_contains("confirm_in_ms"); in && in->is_int64()) {
    const std::int64_t left = in->get_int64();
    if (left >= 0 && left <= kMostCountdownMs) status.confirm_in_ms = left;
  }
  if (const auto* last = object.if_contains("last"); last && last->is_object()) {
    const boost::json::object& told = last->get_object();
    status.last = {text(told, "result"), text(told, "code"), text(told, "message")};
  }
  if (status.boot.empty() || status.state.empty()) return std::nullopt;
  return status;
}

}  // namespace

void add_tls_options(CLI::App& command, TlsOptions& options) {
  CLI::Option* const fingerprint =
      command
          .add_option("--fingerprint", options.fingerprint,
                      "for wss: the SHA-256 of the device's certificate, which it prints at start")
          ->type_name("SHA256");
  command.add_flag("--insecure", options.insecure, "for wss: take any certificate")
      ->excludes(fingerprint);
}

std::string DeviceStatus::title() const {
  const std::string name = project.empty() ? version : project + " " + version;
  return name.empty() ? digest : name + ", " + digest;
}

WsClient::WsClient(const Url& url, const TlsOptions& tls) : url_(url) {
  const bool trusts = tls.insecure || !tls.fingerprint.empty();
  if (!url.tls && trusts) {
    throw Stop(kUsage, "--fingerprint and --insecure are for wss://; ws:// encrypts nothing");
  }
  if (url.tls) {
    linux_port::TlsTrust trust{.anybody = tls.insecure, .fingerprint = {}};
    if (!tls.fingerprint.empty()) trust.fingerprint = parse_fingerprint(tls.fingerprint);
    tls_.emplace(url.host, trust);
  }
  reactor_.on_signal([this](int) {
    stopped_ = true;
    reactor_.stop();
  });
}

Result<> WsClient::run(link::Link& link, Millis retry_for) {
  Result<> outcome = fail(Code::aborted, Where::link);
  auto connection = std::make_unique<Borrowed>(link, tls_ ? &*tls_ : nullptr);
  connection->on_closed = [&](const Result<>& how,
                              const std::optional<crypto::Sha256Digest>& peer) {
    outcome = how;
    peer_ = peer;
    reactor_.stop();
  };
  reactor_.connect(url_.host, url_.port, std::move(connection), {.retry_for = retry_for});
  reactor_.run();
  if (stopped_) throw Stop({Code::aborted, Where::link}, "stopped; the device keeps what it runs");
  return outcome;
}

Result<> WsClient::talk(link::WsHost& host, Millis retry_for) {
  linux_port::WsClientLink link(host, host_field(), url_.path);
  return run(link, retry_for);
}

void WsClient::pause(Millis time) {
  reactor_.after(time, [this] { reactor_.stop(); });
  reactor_.run();
  if (stopped_) throw Stop({Code::aborted, Where::link}, "stopped; the device goes on by itself");
}

// Where the page is: the socket's path without its "/ws".
Result<DeviceStatus> WsClient::status(Millis retry_for) {
  constexpr std::string_view kSocket = "/ws";
  std::string path = url_.path;
  if (path.ends_with(kSocket)) path.resize(path.size() - kSocket.size());
  linux_port::HttpGetLink get(host_field(), path + "/status");
  if (const Result<> done = run(get, retry_for); !done) return std::unexpected(done.error());
  const std::optional<DeviceStatus> status = parse_status(get.body());
  if (!status) return fail(Code::http_status, Where::link, 200);
  return *status;
}

std::string WsClient::host_field() const {
  const std::string host =
      url_.host.find(':') != url_.host.npos ? "[" + url_.host + "]" : url_.host;
  const bool usual = url_.port == (url_.tls ? 443 : 80);
  return usual ? host : fmt::format("{}:{}", host, url_.port);
}

std::string WsClient::explain(const Error& error, Millis waited) const {
  const std::string target = url_.text();
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target, waited.count() / 1000,
                       cli::explain(error));
  }
  if (error.code == Code::auth_failed && peer_) {
    return fmt::format(
        "{} shows a certificate that is not trusted, {}. Compare it with what the "
        "device printed at its start; if it is the same, add --fingerprint and it.",
        target, hex(*peer_));
  }
  if (error.code == Code::http_status && error.found == 421) {
    return fmt::format(
        "{} does not go by that name. Use its address, or start it with "
        "--host-name {}.",
        target, url_.host);
  }
  if (error.code == Code::http_status) {
    return fmt::format("{} answered with HTTP status {}: there is no WebSocket at that path.",
                       target, error.found);
  }
  if (error.code == Code::protocol && url_.tls) {
    return fmt::format("{} did not speak as expected; is it ws:// in place of wss://?", target);
  }
  return fmt::format("{}: {}", target, cli::explain(error));
}

}  // namespace updraft::cli
