// Who may talk to a device over HTTP, judged by the head of a request before anything is done
// (security.md section 4). Every HTTP listener asks HttpGuard, on every port; it does no I/O.
//
//   HttpGuard guard(site, "GET");
//   guard.on_field("Host", "192.168.1.20");   // each field of the head, in any order
//   if (guard.judge() != HttpStatus::ok) ...
//
// Host stops DNS rebinding: the attacker's name is in it. Its port says nothing, as a port forward,
// ssh -L, NAT or a proxy may change it. Origin stops other sites' pages, those of other ports of
// the same machine too: browsers add it to every WebSocket handshake and to every request that
// could change something, and it must be Host as received.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace updraft::link {

inline constexpr std::size_t kHttpLine = 512;          // request line
inline constexpr std::size_t kHttpHeaderBytes = 4096;  // the whole head
inline constexpr std::string_view kHttpHeadEnd = "\r\n\r\n";
inline constexpr std::size_t kHttpHeaders = 32;  // fields
inline constexpr std::size_t kHttpConnections = 4;

enum class HttpStatus : std::uint16_t {
  switching = 101,
  ok = 200,
  found = 302,
  bad_request = 400,
  forbidden = 403,
  not_found = 404,
  method_not_allowed = 405,
  timeout = 408,
  misdirected = 421,
  upgrade_required = 426,
  fields_too_large = 431,
  unavailable = 503,
};
std::string_view reason(HttpStatus status);    // "Not Found"
std::string_view sentence(HttpStatus status);  // one line for whoever reads the body

// By which names a listener can be reached.
struct HttpSite {
  bool tls = false;
  // Besides address literals and `localhost`, which pass with any port: "kitchen.local" with any,
  // "kitchen.local:8080" with that. Compared without regard to case.
  std::span<const std::string_view> names;
};

// Fields that every reply carries, besides its Content-Security-Policy.
struct HttpField {
  std::string_view name, value;
};
inline constexpr HttpField kHttpReplyFields[] = {{"X-Content-Type-Options", "nosniff"},
                                                 {"Referrer-Policy", "no-referrer"},
                                                 {"Cache-Control", "no-store"},
                                                 {"Connection", "close"}};

// What lets a request in that could change something.
enum class HttpMark : std::uint8_t {
  header,  // X-Updraft: 1, which no page of another site can add
  // Forms of browsers and old clients cannot have it: what a browser says of where the request
  // comes from, if it says so, must be this site (Origin, Sec-Fetch-Site). Asked of GET as well.
  origin,
};

class HttpGuard {
 public:
  // The site, and all texts given here and to on_field(), live until the last call.
  HttpGuard(const HttpSite& site, std::string_view method) : site_(site), method_(method) {}
  // `value` without the blanks around it.
  void on_field(std::string_view name, std::string_view value);

  // ok: go on. Else the first of these that holds:
  //   bad_request         contradicting lengths, a control character in a field
  //   fields_too_large    more than kHttpHeaders
  //   misdirected         Host is missing, there twice, or not one of the site's
  //   method_not_allowed  OPTIONS: no other site is ever let in
  //   forbidden           a foreign Origin (https may stand for http: a proxy may add the TLS), or
  //   X-Updraft is missing if something could change
  HttpStatus judge(HttpMark mark = HttpMark::header) const;
  // GET with what a WebSocket handshake needs; upgrade_required if its version is not 13.
  bool wants_socket() const { return upgrade_ && connection_upgrade_ && method_ == "GET"; }
  bool socket_version_fits() const { return version_ == "13"; }
  std::string_view socket_key() const { return key_; }
  // Of the body, once the head was let in. nullopt: it has none, or more than anybody sends.
  std::optional<std::uint64_t> body_length() const;
  bool is_chunked() const { return transfer_encoding_; }

 private:
  bool host_fits() const;
  bool origin_fits() const;

  const HttpSite& site_;
  std::string_view method_;
  std::size_t fields_ = 0, hosts_ = 0, origins_ = 0;
  bool broken_ = false;
  std::string_view host_, origin_, key_, version_;
  std::optional<std::string_view> length_;
  std::string_view fetch_site_;  // Sec-Fetch-Site
  bool transfer_encoding_ = false;
  bool marked_ = false;  // X-Updraft: 1
  bool upgrade_ = false, connection_upgrade_ = false;
};

}  // namespace updraft::link
