#include "protocols/pull/web_request.hpp"

#include <algorithm>
#include <charconv>

#include "protocols/pull/web_text.hpp"

namespace updraft::link {
namespace {

template <std::size_t N>
std::string_view append_number(std::array<char, N>& room, std::size_t at, std::uint64_t value) {
  char* const end = std::to_chars(room.data() + at, room.data() + room.size(), value).ptr;
  return {room.data(), static_cast<std::size_t>(end - room.data())};
}

constexpr std::string_view kFieldEnd = "\r\n";

}  // namespace

void WebRequest::begin(const Ask& ask) {
  count_ = next_ = sent_ = 0;
  const WebUrl& url = ask.url;
  add(ask.body.empty() ? "GET " : "POST ");
  add(url.path);
  add(" HTTP/1.1\r\nHost: ");
  if (url.in_brackets) add("[");
  add(url.host);
  if (url.in_brackets) add("]");
  if (url.port != usual_port(url.tls)) {
    port_[0] = ':';
    add(append_number(port_, 1, url.port));
  }
  add("\r\nUser-Agent: updraft\r\nAccept-Encoding: identity\r\n");
  add(ask.fields);
  const bool dated = ask.unless != nullptr && ask.unless->etag.empty();
  if (ask.unless != nullptr) {
    add_field(dated ? "If-Modified-Since: " : "If-None-Match: ",
              dated ? ask.unless->modified.view() : ask.unless->etag.view());
  }
  if (ask.bytes) add_range(*ask.bytes);
  // A weak ETag, and a date where there is an ETag, would have the server send all of it again.
  if (ask.if_still != nullptr) {
    const bool strong = ask.if_still->is_strong();
    const bool by_date = ask.if_still->etag.empty() && !ask.if_still->modified.empty();
    if (strong) add_field("If-Range: ", ask.if_still->etag.view());
    if (by_date) add_field("If-Range: ", ask.if_still->modified.view());
  }
  if (!ask.body.empty()) {
    add_field("Content-Type: ", "application/json");
    add_field("Content-Length: ", append_number(length_, 0, ask.body.size()));
  }
  add(kFieldEnd);
  if (!ask.body.empty()) add(as_text(ask.body));
}

void WebRequest::add_range(const WantedBytes& bytes) {
  constexpr std::string_view kUnit = "bytes=";
  std::ranges::copy(kUnit, range_.begin());
  const std::size_t dash = append_number(range_, kUnit.size(), bytes.first).size();
  range_[dash] = '-';
  add_field("Range: ", append_number(range_, dash + 1, bytes.last));
}

void WebRequest::add_field(std::string_view name, std::string_view value) {
  add(name);
  add(value);
  add(kFieldEnd);
}

std::size_t WebRequest::write_to(MutableBytes tx) {
  std::size_t written = 0;
  while (next_ < count_ && written < tx.size()) {
    const std::string_view rest = from(pieces_[next_], sent_);
    const Bytes part = at_most(as_bytes(rest), tx.size() - written);
    std::ranges::copy(part, tx.begin() + static_cast<std::ptrdiff_t>(written));
    written += part.size();
    sent_ += part.size();
    if (sent_ < pieces_[next_].size()) continue;
    ++next_;
    sent_ = 0;
  }
  return written;
}

}  // namespace updraft::link
