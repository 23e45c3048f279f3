#include "protocols/ws/http_guard.hpp"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace updraft::link {
namespace {

using Fields = std::vector<std::pair<std::string, std::string>>;
constexpr std::string_view kNames[] = {"kitchen.local", "proxy.test:8443"};
constexpr HttpSite kPlain{.tls = false, .names = kNames};

HttpStatus judge(std::string_view method, const Fields& fields, const HttpSite& site = kPlain) {
  HttpGuard guard(site, method);
  for (const auto& [name, value] : fields) guard.on_field(name, value);
  return guard.judge();
}

const Fields kSocket = {{"Upgrade", "websocket"}, {"Connection", "keep-alive, Upgrade"}};

Fields with(Fields fields, const Fields& more) {
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

struct Row {
  const char* host;
  bool fits;
};

TEST(HttpGuard, HostIsOnTheList) {
  for (const Row row : std::initializer_list<Row>{{"192.168.1.20:8080", true},
                                                  {"[fe80::1]:8080", true},
                                                  {"[::ffff:1.2.3.4]:8080", true},
                                                  {"localhost:8080", true},
                                                  {"LocalHost:8080", true},
                                                  {"kitchen.local:8080", true},
                                                  {"KITCHEN.local:8080", true},
                                                  {"192.168.1.20", true},
                                                  {"192.168.1.20:80", true},
                                                  {"192.168.1.20:1", true},
                                                  {"localhost:65535", true},
                                                  {"kitchen.local", true},
                                                  {"kitchen.local:443", true},
                                                  {"[::1]", true},
                                                  {"proxy.test:8443", true},
                                                  {"Proxy.TEST:8443", true},
                                                  {"proxy.test", false},
                                                  {"proxy.test:8444", false},
                                                  {"192.168.1.20:0", false},
                                                  {"192.168.1.20:65536", false},
                                                  {"192.168.1.20:", false},
                                                  {"192.168.1.20:8080x", false},
                                                  {"192.168.1.20:08080", false},
                                                  {"192.168.1.20:18446744073709559696", false},
                                                  {"192.168.1.20:+8080", false},
                                                  {"192.168.1:8080", false},
                                                  {"192.168.1.256:8080", false},
                                                  {"192.168.1.20.5:8080", false},
                                                  {"192.168.1.20.evil.test:8080", false},
                                                  {"1.2.3.4.:8080", false},
                                                  {"evil.test:8080", false},
                                                  {"localhost.evil.test:8080", false},
                                                  {"kitchen.local.:8080", false},
                                                  {"other.local:8080", false},
                                                  {"[evil.test]:8080", false},
                                                  {"[::1:8080", false},
                                                  {"::1:8080", false},
                                                  {"[]:8080", false},
                                                  {":8080", false},
                                                  {"", false}}) {
    EXPECT_EQ(judge("GET", {{"Host", row.host}}),
              row.fits ? HttpStatus::ok : HttpStatus::misdirected)
        << row.host;
  }
  EXPECT_EQ(judge("GET", {}), HttpStatus::misdirected);
  EXPECT_EQ(judge("GET", {{"Host", "localhost:8080"}, {"host", "localhost:8080"}}),
            HttpStatus::misdirected);
}

// What is received behind `ssh -L`, a port forward, NAT or a proxy: Host has the port that the
// browser went to, and Origin is the same text.
TEST(HttpGuard, OriginIsHostAsReceived) {
  for (const char* host : {"127.0.0.1:9000", "localhost:9000", "192.168.1.20", "kitchen.local:81",
                           "[::1]:9000", "proxy.test:8443"}) {
    const Fields fields = with(kSocket, {{"Host", host}});
    const auto origin = [&](const std::string& value) {
      return judge("GET", with(fields, {{"Origin", value}}));
    };
    EXPECT_EQ(origin(std::string("http://") + host), HttpStatus::ok) << host;
    EXPECT_EQ(origin(std::string("https://") + host), HttpStatus::ok)
        << host << ": a proxy adds the TLS";
    EXPECT_EQ(origin(std::string("http://") + host + "1"), HttpStatus::forbidden) << host;
    EXPECT_EQ(origin("http://evil.test"), HttpStatus::forbidden) << host;
  }
}

TEST(HttpGuard, OriginOfASocketIsTheSite) {
  const Fields host = {{"Host", "192.168.1.20:8080"}};
  const auto origin = [&](const char* value) {
    return judge("GET", with(with(host, kSocket), {{"Origin", value}}));
  };
  EXPECT_EQ(judge("GET", with(host, kSocket)), HttpStatus::ok) << "a program sends none";
  EXPECT_EQ(origin("http://192.168.1.20:8080"), HttpStatus::ok);
  for (const char* foreign :
       {"null", "", "ftp://192.168.1.20:8080", "http://192.168.1.20", "http://192.168.1.20:80",
        "http://evil.test", "http://192.168.1.20:8080.evil.test", "192.168.1.20:8080"}) {
    EXPECT_EQ(origin(foreign), HttpStatus::forbidden) << foreign;
  }
  EXPECT_EQ(judge("GET", with(with(host, kSocket), {{"Origin", "http://192.168.1.20:8080"},
                                                    {"Origin", "http://evil.test"}})),
            HttpStatus::forbidden);
  EXPECT_EQ(judge("GET", with(host, {{"Origin", "http://evil.test"}})), HttpStatus::ok)
      << "a plain GET changes nothing";
  const HttpSite tls{.tls = true, .names = {}};
  EXPECT_EQ(
      judge("GET", with(kSocket, {{"Host", "10.0.0.1:8443"}, {"Origin", "https://10.0.0.1:8443"}}),
            tls),
      HttpStatus::ok);
  EXPECT_EQ(
      judge("GET", with(kSocket, {{"Host", "10.0.0.1:8443"}, {"Origin", "http://10.0.0.1:8443"}}),
            tls),
      HttpStatus::forbidden)
      << "a page that came without TLS";
}

TEST(HttpGuard, WhatCouldChangeSomethingIsMarked) {
  const Fields host = {{"Host", "localhost:8080"}};
  for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "SPAM", ""}) {
    EXPECT_EQ(judge(method, host), HttpStatus::forbidden) << method;
    EXPECT_EQ(judge(method, with(host, {{"X-Updraft", "1"}})), HttpStatus::ok) << method;
    EXPECT_EQ(judge(method, with(host, {{"X-Updraft", "0"}})), HttpStatus::forbidden) << method;
    EXPECT_EQ(judge(method, with(host, {{"X-Updraft", "1"}, {"Origin", "null"}})),
              HttpStatus::forbidden)
        << method;
  }
  EXPECT_EQ(judge("OPTIONS", with(host, {{"X-Updraft", "1"}})), HttpStatus::method_not_allowed);
  EXPECT_EQ(judge("OPTIONS", with(host, {{"Origin", "http://evil.test"}})),
            HttpStatus::method_not_allowed);
}

// Routes of forms and old clients, which cannot have X-Updraft: what a browser says of the page
// that a request comes from decides.
TEST(HttpGuard, WhereTheMarkIsTheOrigin) {
  const Fields host = {{"Host", "192.168.1.20:8080"}};
  const auto judge_of = [&](std::string_view method, const Fields& more) {
    HttpGuard guard(kPlain, method);
    const Fields all = with(host, more);
    for (const auto& [name, value] : all) guard.on_field(name, value);
    return guard.judge(HttpMark::origin);
  };
  for (const char* method : {"GET", "POST"}) {
    EXPECT_EQ(judge_of(method, {}), HttpStatus::ok) << "a program says nothing";
    EXPECT_EQ(judge_of(method,
                       {{"Origin", "http://192.168.1.20:8080"}, {"Sec-Fetch-Site", "same-origin"}}),
              HttpStatus::ok);
    EXPECT_EQ(judge_of(method, {{"Sec-Fetch-Site", "none"}}), HttpStatus::ok) << "typed by hand";
    EXPECT_EQ(judge_of(method, {{"Origin", "http://evil.test"}}), HttpStatus::forbidden) << method;
    EXPECT_EQ(judge_of(method, {{"Origin", "null"}}), HttpStatus::forbidden) << method;
    EXPECT_EQ(judge_of(method, {{"Origin", "http://evil.test"}, {"X-Updraft", "1"}}),
              HttpStatus::forbidden);
    for (const char* from : {"cross-site", "same-site", ""}) {
      const bool said = *from != '\0';
      EXPECT_EQ(judge_of(method, {{"Sec-Fetch-Site", from}}),
                said ? HttpStatus::forbidden : HttpStatus::ok)
          << from;
    }
  }
  EXPECT_EQ(judge_of("OPTIONS", {}), HttpStatus::method_not_allowed);
}

TEST(HttpGuard, ABodyHasALength) {
  const auto length = [](const Fields& fields) {
    HttpGuard guard(kPlain, "POST");
    for (const auto& [name, value] : fields) guard.on_field(name, value);
    return guard.body_length();
  };
  EXPECT_EQ(length({{"Content-Length", "0"}}), 0u);
  EXPECT_EQ(length({{"Content-Length", "18446744073709551615"}}), UINT64_MAX);
  for (const char* none : {"18446744073709551616", "99999999999999999999999", "-1", "x"}) {
    EXPECT_EQ(length({{"Content-Length", none}}), std::nullopt) << none;
  }
  EXPECT_EQ(length({}), std::nullopt);
}

TEST(HttpGuard, LengthsThatContradict) {
  const Fields host = {{"Host", "localhost:8080"}};
  const auto get = [&](const Fields& more) { return judge("GET", with(host, more)); };
  EXPECT_EQ(get({{"Content-Length", "0"}}), HttpStatus::ok);
  EXPECT_EQ(get({{"Content-Length", "5"}, {"content-length", "5"}}), HttpStatus::ok);
  EXPECT_EQ(get({{"Content-Length", "5"}, {"Content-Length", "6"}}), HttpStatus::bad_request);
  EXPECT_EQ(get({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}}),
            HttpStatus::bad_request);
  for (const char* length : {"", "-1", "+1", "0x10", "1,2", "1 2"}) {
    EXPECT_EQ(get({{"Content-Length", length}}), HttpStatus::bad_request) << length;
  }
  EXPECT_EQ(get({{"Accept", "a\rb"}}), HttpStatus::bad_request);
  EXPECT_EQ(get({{"Accept", "a\nX-Updraft: 1"}}), HttpStatus::bad_request);
  EXPECT_EQ(get({{"Acc\nept", "a"}}), HttpStatus::bad_request);
}

TEST(HttpGuard, ThirtyTwoFields) {
  Fields fields = {{"Host", "localhost:8080"}};
  while (fields.size() < kHttpHeaders) fields.emplace_back("X-More", "1");
  EXPECT_EQ(judge("GET", fields), HttpStatus::ok);
  fields.emplace_back("X-More", "1");
  EXPECT_EQ(judge("GET", fields), HttpStatus::fields_too_large);
}

TEST(HttpGuard, KnowsAHandshake) {
  HttpGuard guard(kPlain, "GET");
  EXPECT_FALSE(guard.wants_socket());
  guard.on_field("UPGRADE", "h2c, WebSocket");
  guard.on_field("connection", "keep-alive");
  EXPECT_FALSE(guard.wants_socket());
  guard.on_field("connection", "upgrade");
  EXPECT_TRUE(guard.wants_socket());
  EXPECT_FALSE(guard.socket_version_fits());
  guard.on_field("Sec-WebSocket-Version", "13");
  guard.on_field("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_TRUE(guard.socket_version_fits());
  EXPECT_EQ(guard.socket_key(), "dGhlIHNhbXBsZSBub25jZQ==");
  HttpGuard post(kPlain, "POST");
  post.on_field("Upgrade", "websocket");
  post.on_field("Connection", "upgrade");
  EXPECT_FALSE(post.wants_socket());
}

TEST(HttpGuard, EveryStatusHasItsWords) {
  for (const unsigned status :
       {101u, 200u, 302u, 400u, 403u, 404u, 405u, 408u, 421u, 426u, 431u, 503u}) {
    EXPECT_FALSE(reason(static_cast<HttpStatus>(status)).empty()) << status;
    EXPECT_EQ(sentence(static_cast<HttpStatus>(status)).empty(), status <= 200) << status;
  }
}

}  // namespace
}  // namespace updraft::link
