#include "host/push/ws_client.hpp"

#include <fmt/format.h>

#include "ports/linux/http_get_link.hpp"
#include "ports/linux/ws_client_link.hpp"

namespace updraft::host {

WsClient::WsClient(const PushTo& to, const TlsTrust& trust) : to_(to), loop_(to) {
  if (to.url.tls) tls_.emplace(to.url.host, trust);
}

Result<> WsClient::run(link::Link& link, Millis retry_for, std::function<Progress()> progress) {
  Result<> outcome;
  if (tls_) {
    linux_port::TlsLink encrypted(*tls_, link);
    outcome = loop_.talk(encrypted, retry_for, std::move(progress));
    certificate_ = encrypted.peer();
  } else {
    outcome = loop_.talk(link, retry_for, std::move(progress));
  }
  return outcome;
}

Result<> WsClient::again(Millis retry_for,
                         const std::function<PushLoop::Try(Millis left)>& attempt) {
  const Result<> outcome = loop_.until_heard(retry_for, attempt);
  if (loop_.stopped()) throw StoppedHere{Stopped::sending};
  return outcome;
}

Result<> WsClient::open(link::WsHost& host, Millis retry_for,
                        const std::function<Progress()>& progress) {
  return again(retry_for, [&](Millis left) {
    linux_port::WsClientLink link(host, host_field(), to_.url.path);
    const Result<> outcome = run(link, left, progress);
    return PushLoop::Try{outcome, link.greeted()};
  });
}

Result<> WsClient::talk(link::WsHost& host, Millis retry_for) { return open(host, retry_for); }

Result<> WsClient::send(link::WsHost& host) {
  return open(host, to_.wait, [&host] { return Progress{host.sent(), host.total()}; });
}

void WsClient::log_in(const DeviceStatus& status, const AskPassword& ask) {
  if (status.login && password_.empty() && ask) password_ = ask();
}

void WsClient::pause(Millis time) {
  loop_.pause(time);
  if (loop_.stopped()) throw StoppedHere{Stopped::waiting};
}

// It is beside the socket: the path without its "/ws", and "/status".
Result<DeviceStatus> WsClient::status(Millis retry_for) {
  constexpr std::string_view kSocket = "/ws";
  std::string path = to_.url.path;
  if (path.ends_with(kSocket)) path.resize(path.size() - kSocket.size());
  std::string body;
  const Result<> done = again(retry_for, [&](Millis left) {
    linux_port::HttpGetLink get(host_field(), path + "/status");
    const Result<> outcome = run(get, left);
    if (outcome) body = get.body();
    return PushLoop::Try{outcome};
  });
  if (!done) return std::unexpected(done.error());
  const std::optional<DeviceStatus> status = parse_status(body);
  if (!status) return fail(Code::http_status, Where::link, 200);
  return *status;
}

std::string WsClient::host_field() const {
  const Url& url = to_.url;
  const std::string host = url.host.find(':') != url.host.npos ? "[" + url.host + "]" : url.host;
  const bool usual = url.port == (url.tls ? 443 : 80);
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

Ended until_stopped(const std::function<Ended()>& work, const Ended* so_far) {
  try {
    return work();
  } catch (const StoppedHere& stopped) {
    Ended ended = so_far != nullptr ? *so_far : Ended{};
    ended.outcome = fail(Code::aborted, Where::link);
    ended.stopped = stopped.how;
    return ended;
  }
}

}  // namespace updraft::host
