// The head of a request as any text, to the guard. Checks that nobody gets through under a name
// that is not the site's, or from another site's page if something could change.
//
// Input: lines; the first is the method, the others are fields, `name:value`.
#include <string>
#include <vector>

#include "protocols/ws/http_guard.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

bool is_name(std::string_view text, std::string_view name) {
  return text.size() == name.size() &&
         std::equal(text.begin(), text.end(), name.begin(), [](char a, char b) {
           return std::tolower(static_cast<unsigned char>(a)) == b;
         });
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kNames[] = {"kitchen.local"};
  const HttpSite site{.tls = false, .names = kNames};
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  const auto line = [&rest] {
    const std::string_view taken = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(taken.size() + 1, rest.size()));
    return taken;
  };
  const std::string_view method = line();
  HttpGuard guard(site, method);
  std::vector<std::string_view> hosts, origins;
  while (!rest.empty()) {
    const std::string_view field = line();
    const std::size_t colon = std::min(field.find(':'), field.size());
    const std::string_view name = field.substr(0, colon);
    const std::string_view value = field.substr(std::min(colon + 1, field.size()));
    guard.on_field(name, value);
    if (is_name(name, "host")) hosts.push_back(value);
    if (is_name(name, "origin")) origins.push_back(value);
  }
  const auto own_page = [&] {
    return origins.empty() || (origins.size() == 1 && hosts.size() == 1 &&
                               (origins[0] == "http://" + std::string(hosts[0]) ||
                                origins[0] == "https://" + std::string(hosts[0])));
  };
  if (guard.judge(HttpMark::origin) == HttpStatus::ok) check(own_page(), "no other site's form");
  const HttpStatus status = guard.judge();
  check(!reason(status).empty(), "every verdict has a name");
  if (status != HttpStatus::ok) return 0;
  check(hosts.size() == 1, "one Host");
  // Whatever its port is: a forward or a proxy has one of its own.
  const std::size_t digits = hosts[0].find_last_not_of("0123456789") + 1;
  const bool has_port = digits > 0 && digits < hosts[0].size() && hosts[0][digits - 1] == ':';
  const std::string_view host = has_port ? hosts[0].substr(0, digits - 1) : hosts[0];
  const bool own = is_name(host, "localhost") || is_name(host, kNames[0]);
  const bool literal =
      host.find_first_not_of("0123456789.") == host.npos ||
      (host.starts_with('[') && host.find_first_not_of("0123456789abcdefABCDEF:.[]") == host.npos);
  check(own || literal, "no other name gets through");
  const bool changes = method != "GET" && method != "HEAD";
  if (!changes && !guard.wants_socket()) return 0;
  check(own_page(), "no other site's page");
  return 0;
}
