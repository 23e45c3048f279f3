#include "host/desk/url.hpp"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "host/desk/lowered.hpp"
#include "host/desk/printable.hpp"
#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

using Kind = Trouble::Kind;

std::uint16_t parse_port(std::string_view text, std::string_view url) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) {
    throw Trouble(Kind::usage, fmt::format("{}: the port must be a number from 1 to 65535", url));
  }
  return port;
}

// Takes the path off the end. A lone slash is none. `has_query`: what is fetched may have one.
std::string take_path(std::string_view& rest, const UrlWord& word, bool has_query,
                      std::string_view url) {
  const std::size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view path = rest.substr(slash);
  rest = rest.substr(0, slash);
  if (path.empty() || path == "/") return std::string(word.path);
  if (word.path.empty())
    throw Trouble(Kind::usage, fmt::format("{}: {} has no path", url, word.word));
  const auto is_plain = [has_query](char c) {
    return c > ' ' && c < '\x7f' && c != '#' && (c != '?' || has_query);
  };
  if (!std::ranges::all_of(path, is_plain)) {
    throw Trouble(Kind::usage, fmt::format("{}: the path must be plain", url));
  }
  return std::string(path);
}

// What stands between // and the port, brackets taken off. Names may have letters of any language.
void want_a_host(std::string_view host, bool in_brackets, std::string_view url) {
  if (host.empty()) throw Trouble(Kind::usage, fmt::format("{}: the host is missing", url));
  const auto is_plain = [](char c) {
    constexpr std::string_view kNever = "[]@?#\\\x7f";
    return (c > ' ' || c < 0) && kNever.find(c) == kNever.npos;
  };
  const bool has_colon = host.find(':') != host.npos;
  if (std::ranges::all_of(host, is_plain) && has_colon == in_brackets) return;
  throw Trouble(Kind::usage, fmt::format("{}: the host must be a name or an address, an IPv6 "
                                         "address in brackets",
                                         url));
}

// What was meant by a host alone.
std::vector<std::string> meant(std::string_view text, Protocols among) {
  std::vector<std::string> urls;
  const bool host_alone = text.find("://") == text.npos && text.find_first_of("./") != text.npos &&
                          !text.starts_with('/') && text.find(' ') == text.npos;
  for (const Protocol* const row : among) {
    if (!row->listens || row->carrier == Carrier::serial || !host_alone) continue;
    urls.push_back(fmt::format("{}://{}", row->words.front().word, text));
  }
  return urls;
}

[[noreturn]] void want_a_url(std::string_view text, Protocols among) {
  if (const std::vector<std::string> urls = meant(text, among); !urls.empty()) {
    throw Trouble(Kind::usage, fmt::format("{}: did you mean {}?", text, listed(urls, "or")));
  }
  std::vector<std::string> examples;
  for (const Protocol* const row : among) examples.push_back(example_url(*row));
  throw Trouble(Kind::usage, fmt::format("{}: want a URL like {}", text, listed(examples, "or")));
}

// "raw:/192.168.1.20": the word is known, so the host behind it is what was meant.
[[noreturn]] void want_slashes(std::string_view word, std::string_view rest, std::string_view text,
                               Protocols among) {
  rest.remove_prefix(std::min(rest.find_first_not_of('/'), rest.size()));
  if (rest.find_first_not_of("0123456789") == rest.npos) want_a_url(text, among);  // a port alone
  throw Trouble(Kind::usage, fmt::format("{}: did you mean {}://{}?", text, word, rest));
}

// A message that shows one is logged, and so would be the password.
void want_no_login(std::string_view url) {
  const std::size_t host = url.find("://");
  if (host == url.npos) return;
  const std::string_view server = url.substr(0, url.find('/', host + 3));
  const std::size_t at = server.rfind('@');
  if (at == server.npos) return;
  throw Trouble(Kind::usage,
                fmt::format("{}{}: the URL of a device or server holds no login; there "
                            "are options for it",
                            url.substr(0, host + 3), url.substr(at + 1)));
}

Url parse_device(std::string_view text, std::string_view device, const KnownWord& known) {
  if (device.empty()) {
    throw Trouble(Kind::usage,
                  fmt::format("{} want a device, like {}", text, example_url(*known.scheme)));
  }
  return {.scheme = known.scheme, .word = known.url->word, .host = {}, .path = std::string(device)};
}

}  // namespace

KnownWord find_word(std::string_view as_typed, Protocols among) {
  const std::string word = lowered(as_typed);
  for (const Protocol* const row : among) {
    for (const UrlWord& url : row->words) {
      if (url.word == word) return {*row, &url};
    }
  }
  return {};
}

std::string Url::text() const {
  if (scheme->carrier == Carrier::serial) return fmt::format("{}:{}", word, path);
  const bool bracket = host.find(':') != std::string::npos;
  return fmt::format("{}://{}{}{}:{}{}", word, bracket ? "[" : "", host, bracket ? "]" : "", port,
                     path);
}

Url parse_url(std::string_view text, Protocols among) {
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  if (std::ranges::any_of(text, is_control)) {
    throw Trouble(Kind::usage, readable(text) + ": a URL has no control characters");
  }
  want_no_login(text);
  const std::size_t colon = std::min(text.find(':'), text.size());
  const KnownWord known = find_word(text.substr(0, colon), among);
  if (known.url == nullptr || colon == text.size()) want_a_url(text, among);
  std::string_view rest = text.substr(colon + 1);
  if (known.scheme->carrier == Carrier::serial) return parse_device(text, rest, known);
  if (!rest.starts_with("//")) want_slashes(known.url->word, rest, text, among);
  rest.remove_prefix(2);
  const std::string path = take_path(rest, *known.url, known.scheme->fetches, text);
  Url url{known.scheme, known.url->word, {}, known.url->port, known.url->tls, path};
  const bool in_brackets = rest.starts_with('[');
  if (in_brackets) {
    const std::size_t close = rest.find(']');
    if (close == rest.npos) throw Trouble(Kind::usage, fmt::format("{}: the ] is missing", text));
    url.host = rest.substr(1, close - 1);
    rest.remove_prefix(close + 1);
  } else {
    url.host = rest.substr(0, rest.find(':'));
    rest.remove_prefix(url.host.size());
  }
  want_a_host(url.host, in_brackets, text);
  if (rest.empty()) return url;
  if (!rest.starts_with(':'))
    throw Trouble(Kind::usage, fmt::format("{}: want a colon and the port after the host", text));
  url.port = parse_port(rest.substr(1), text);
  return url;
}

std::string example_url(const Protocol& row) {
  const UrlWord& url = row.words.front();
  if (row.carrier == Carrier::serial) return fmt::format("{}:{}", url.word, url.path);
  const std::string port = url.path.empty() ? fmt::format(":{}", url.port) : "";
  return fmt::format("{}://192.168.1.20{}{}", url.word, port, url.path);
}

std::string listed(std::span<const std::string> parts, std::string_view last) {
  std::string text;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (i > 0) text += i + 1 == parts.size() ? fmt::format(" {} ", last) : ", ";
    text += parts[i];
  }
  return text;
}

}  // namespace updraft::host
