#include "host/push/http_client.hpp"

#include <fmt/format.h>

namespace updraft::host {
namespace {
constexpr unsigned kUnauthorized = 401;
}

HttpClient::HttpClient(const PushTo& to, const TlsTrust& trust, const HttpLoginOf& login)
    : to_(to), login_(login), loop_(to) {
  if (to.url.tls) tls_.emplace(to.url.host, trust);
}

HttpHeard HttpClient::send(const std::function<linux_port::HttpSending()>& fresh,
                           Millis retry_for) {
  const auto attempt = [&] {
    HttpHeard heard;
    heard.outcome = loop_.until_heard(retry_for, [&](Millis left) {
      heard = once(fresh(), left, true);
      return PushLoop::Try{heard.outcome, heard.status != 0 || heard.sent > 0};
    });
    return heard;
  };
  HttpHeard heard = attempt();
  const bool basic = to_.url.tls || login_.basic_in_clear;
  while (heard.outcome && heard.status == kUnauthorized && !loop_.stopped()) {
    if (!credentials_.on_challenge(challenges_, basic)) break;
    if (!password_ && login_.password) password_ = login_.password();
    if (!password_ || password_->empty()) break;
    heard = attempt();
  }
  return heard;
}

HttpHeard HttpClient::once(linux_port::HttpSending sending, Millis retry_for, bool shown) {
  sending.host = host_field();
  if (credentials_.asked() && password_) {
    sending.fields.emplace_back("Authorization", credentials_.answer(sending.method, sending.target,
                                                                     login_.user, *password_));
  }
  const bool has_body = sending.source != nullptr;
  linux_port::HttpRequestLink link(std::move(sending));
  std::function<Progress()> progress;
  if (shown && has_body) progress = [&link] { return Progress{link.sent(), link.total()}; };
  HttpHeard heard;
  if (tls_) {
    linux_port::TlsLink encrypted(*tls_, link);
    heard.outcome = loop_.talk(encrypted, retry_for, progress);
    certificate_ = encrypted.peer();
  } else {
    heard.outcome = loop_.talk(link, retry_for, progress);
  }
  heard.status = link.status();
  if (heard.status != 0) heard.body = link.body();
  challenges_ = link.fields("WWW-Authenticate");
  heard.sent = loop_.taken(link.sent());
  heard.total = link.total();
  return heard;
}

void HttpClient::close(Ended& ended) const {
  ended.time = now().time_since_epoch();
  ended.certificate = certificate_;
  if (!stopped() || ended.stopped != Stopped::no) return;
  ended.outcome = fail(Code::aborted, Where::link);
  ended.stopped = Stopped::sending;
}

std::string HttpClient::host_field() const {
  const Url& url = to_.url;
  const std::string host = url.host.find(':') != url.host.npos ? "[" + url.host + "]" : url.host;
  const bool usual = url.port == (url.tls ? 443 : 80);
  return usual ? host : fmt::format("{}:{}", host, url.port);
}

}  // namespace updraft::host
