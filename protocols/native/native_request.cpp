#include "protocols/native/native_request.hpp"

#include <charconv>
#include <optional>

#include "engine/core/hex.hpp"
#include "protocols/link/header_text.hpp"

namespace updraft::link {
namespace {

// In a path, `s` stands for a session's id and `p`, `k` for the numbers of a part and a page.
struct Route {
  std::string_view method, path;
  NativeCall call;
};
constexpr Route kRoutes[] = {
    {"GET", "/device", NativeCall::device},
    {"POST", "/session", NativeCall::open},
    {"GET", "/session/s", NativeCall::need},
    {"DELETE", "/session/s", NativeCall::drop},
    {"POST", "/session/s/apply", NativeCall::apply},
    {"PUT", "/session/s/p/page/k", NativeCall::page},
    {"PUT", "/session/s/p/data", NativeCall::data},
    {"GET", "/events", NativeCall::events},
    {"POST", "/confirm", NativeCall::confirm},
    {"POST", "/rollback", NativeCall::roll_back},
    {"POST", "/restart", NativeCall::restart},
    {"PUT", "/keyset", NativeCall::key_set},
    {"POST", "/arm", NativeCall::arm},
    {"POST", "/unpair", NativeCall::unpair},
};

NumberedFailure broken(std::uint64_t status) { return fail(Code::protocol, Where::link, status); }

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const char* const first = text.data();
  const char* const end = first + text.size();
  const auto read = std::from_chars(first, end, value);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return value;
}

// The text up to `end`, which is taken off `rest` as well.
std::string_view cut_at(std::string_view& rest, char end) {
  const std::string_view part = rest.substr(0, rest.find(end));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

bool take_number(std::string_view text, std::uint64_t& into) {
  const std::optional<std::uint64_t> read = number(text);
  if (read) into = *read;
  return read.has_value();
}

bool fits(std::string_view pattern, std::string_view path, NativeRequest& request) {
  if (path.ends_with('/')) return false;
  while (!pattern.empty() && !path.empty()) {
    const std::string_view want = cut_at(pattern, '/');
    const std::string_view have = cut_at(path, '/');
    const bool right = want == "s"   ? read_hex(have, request.session)
                       : want == "p" ? take_number(have, request.part)
                       : want == "k" ? take_number(have, request.page)
                                     : want == have;
    if (!right) return false;
  }
  return pattern.empty() && path.empty();
}

bool take_query(std::string_view query, NativeRequest& request) {
  while (!query.empty()) {
    std::string_view value = cut_at(query, '&');
    const std::string_view name = cut_at(value, '=');
    std::uint64_t restart = 0;
    const bool right = name == "from"      ? take_number(value, request.from)
                       : name == "after"   ? take_number(value, request.after)
                       : name == "wait"    ? take_number(value, request.wait)
                       : name == "seconds" ? take_number(value, request.seconds)
                       : name == "restart" ? take_number(value, restart)
                                           : true;
    if (!right) return false;
    request.restart = request.restart || restart != 0;
  }
  return true;
}

// "PUT /updraft/v1/session/9f3c52d07be11a64/0/data?from=4096 HTTP/1.1"
Result<> take_first_line(std::string_view line, NativeRequest& request) {
  const std::string_view method = cut_at(line, ' ');
  std::string_view query = cut_at(line, ' ');
  if (line != "HTTP/1.1") return broken(400);
  std::string_view path = cut_at(query, '?');
  if (!path.starts_with(kNativeBase)) return fail(Code::no_route, Where::link);
  path.remove_prefix(kNativeBase.size());
  for (const Route& route : kRoutes) {
    if (route.method != method || !fits(route.path, path, request)) continue;
    request.call = route.call;
    return take_query(query, request) ? Result<>{} : broken(400);
  }
  return fail(Code::no_route, Where::link);
}

struct Fields {
  std::optional<std::uint64_t> length;
  bool chunked = false;
};

Result<> take_field(std::string_view line, Fields& fields, NativeRequest& request) {
  const std::size_t colon = line.find(':');
  if (colon == 0 || colon == line.npos) return broken(400);
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trimmed(line.substr(colon + 1));
  if (same_word(name, "transfer-encoding")) fields.chunked = true;
  if (same_word(name, "connection")) request.closes = same_word(value, "close");
  if (!same_word(name, "content-length")) return {};
  const std::optional<std::uint64_t> length = number(value);
  if (!length || (fields.length && *fields.length != *length)) return broken(400);
  fields.length = length;
  return {};
}

}  // namespace

std::uint64_t most_body(NativeCall call) {
  switch (call) {
    case NativeCall::open:
    case NativeCall::page:
      return kNativeHeadBytes;
    case NativeCall::data:
      return kNativeDataBytes;
    case NativeCall::key_set:
      return kNativeKeySetBytes;
    default:
      return 0;
  }
}

Result<NativeRequest> parse_native_request(std::string_view head) {
  NativeRequest request;
  Fields fields;
  bool first = true;
  while (!head.empty()) {
    const std::size_t end = head.find("\r\n");
    if (end == head.npos) return broken(400);
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + 2);
    if (line.find_first_of("\r\n") != line.npos) return broken(400);
    if (line.empty()) break;
    UPDRAFT_TRY(first ? take_first_line(line, request) : take_field(line, fields, request));
    first = false;
  }
  if (first) return broken(400);
  const std::uint64_t most = most_body(request.call);
  if (fields.chunked) return broken(fields.length ? 400 : 411);
  if (!fields.length && most != 0) return broken(411);
  request.length = fields.length.value_or(0);
  if (request.length > most) return broken(413);
  return request;
}

}  // namespace updraft::link
