#include "protocols/ws/http_guard.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/link/header_text.hpp"

namespace updraft::link {
namespace {

// Whether a list like "keep-alive, Upgrade" has that word.
bool lists(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (same_word(trimmed(list.substr(0, comma)), word)) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

template <class T>
std::optional<T> number(std::string_view text) {
  T value{};
  const char* const first = text.data();
  const char* const past = first + text.size();
  const auto [end, error] = std::from_chars(first, past, value);
  if (!all_digits(text) || error != std::errc{} || end != past) return std::nullopt;
  return value;
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = std::min(text.find('.'), text.size());
    if (dot > 3 || !number<std::uint8_t>(text.substr(0, dot))) return false;
    if ((dot == text.size()) != (part == 3)) return false;
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return true;
}

// No name of the DNS looks like this, which is all that matters here.
bool is_ipv6(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  text = text.substr(1, text.size() - 2);
  return std::ranges::count(text, ':') >= 2 && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
                  c == ':' || c == '.';
         });
}

bool is_safe(std::string_view method) { return method == "GET" || method == "HEAD"; }

struct StatusRow {
  HttpStatus status;
  std::string_view reason, sentence;
};
constexpr StatusRow kStatuses[] = {
    {HttpStatus::switching, "Switching Protocols", ""},
    {HttpStatus::ok, "OK", ""},
    {HttpStatus::found, "Found", "The update page is at /ota."},
    {HttpStatus::bad_request, "Bad Request", "This is no request that a device understands."},
    {HttpStatus::forbidden, "Forbidden", "Only the device's own page may do that."},
    {HttpStatus::not_found, "Not Found", "There is nothing here; the update page is at /ota."},
    {HttpStatus::method_not_allowed, "Method Not Allowed", "That method does nothing here."},
    {HttpStatus::timeout, "Request Timeout", "The request took too long."},
    {HttpStatus::misdirected, "Misdirected Request",
     "This device is not reached by that name; use its address, or start it with --host-name "
     "NAME."},
    {HttpStatus::upgrade_required, "Upgrade Required", "WebSocket version 13 is spoken here."},
    {HttpStatus::fields_too_large, "Request Header Fields Too Large",
     "The request's head is larger than a device can hold."},
    {HttpStatus::unavailable, "Service Unavailable",
     "The device has too little memory free for this; try again."},
};

const StatusRow& row(HttpStatus status) {
  return *std::ranges::find(kStatuses, status, &StatusRow::status);
}

}  // namespace

std::string_view reason(HttpStatus status) { return row(status).reason; }
std::string_view sentence(HttpStatus status) { return row(status).sentence; }

void HttpGuard::on_field(std::string_view name, std::string_view value) {
  ++fields_;
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 && c != '\t'; };
  if (std::ranges::any_of(name, is_control) || std::ranges::any_of(value, is_control)) {
    broken_ = true;
  }
  if (same_word(name, "Host")) {
    ++hosts_;
    host_ = value;
  } else if (same_word(name, "Origin")) {
    ++origins_;
    origin_ = value;
  } else if (same_word(name, "Content-Length")) {
    if (!all_digits(value) || (length_ && *length_ != value)) broken_ = true;
    length_ = value;
  } else if (same_word(name, "Transfer-Encoding")) {
    transfer_encoding_ = true;
  } else if (same_word(name, "Sec-Fetch-Site")) {
    fetch_site_ = value;
  } else if (same_word(name, "X-Updraft")) {
    marked_ = value == "1";
  } else if (same_word(name, "Upgrade")) {
    upgrade_ = lists(value, "websocket");
  } else if (same_word(name, "Connection")) {
    connection_upgrade_ = connection_upgrade_ || lists(value, "upgrade");
  } else if (same_word(name, "Sec-WebSocket-Key")) {
    key_ = value;
  } else if (same_word(name, "Sec-WebSocket-Version")) {
    version_ = value;
  }
}

HttpStatus HttpGuard::judge(HttpMark mark) const {
  if (broken_ || (length_ && transfer_encoding_)) return HttpStatus::bad_request;
  if (fields_ > kHttpHeaders) return HttpStatus::fields_too_large;
  if (!host_fits()) return HttpStatus::misdirected;
  if (method_ == "OPTIONS") return HttpStatus::method_not_allowed;
  const bool changes = !is_safe(method_) || mark == HttpMark::origin;
  if ((changes || wants_socket()) && !origin_fits()) return HttpStatus::forbidden;
  if (!changes) return HttpStatus::ok;
  const bool own = fetch_site_.empty() || fetch_site_ == "same-origin" || fetch_site_ == "none";
  return (mark == HttpMark::origin ? own : marked_) ? HttpStatus::ok : HttpStatus::forbidden;
}

std::optional<std::uint64_t> HttpGuard::body_length() const {
  return length_ ? number<std::uint64_t>(*length_) : std::nullopt;
}

bool HttpGuard::host_fits() const {
  if (hosts_ != 1) return false;
  const std::size_t bracket = host_.find(']');
  const std::size_t colon = host_.find(':', bracket == host_.npos ? 0 : bracket);
  const std::string_view name = host_.substr(0, colon);
  if (colon != host_.npos) {
    const std::string_view port = host_.substr(colon + 1);
    if (port.starts_with('0') || !number<std::uint16_t>(port)) return false;
  }
  return is_ipv4(name) || is_ipv6(name) || same_word(name, "localhost") ||
         std::ranges::any_of(site_.names, [&](std::string_view own) {
           return same_word(name, own) || same_word(host_, own);
         });
}

bool HttpGuard::origin_fits() const {
  if (origins_ == 0) return true;
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (site_.tls && scheme == "http://") continue;
    if (origin_.starts_with(scheme)) return origins_ == 1 && origin_.substr(scheme.size()) == host_;
  }
  return false;
}

}  // namespace updraft::link
