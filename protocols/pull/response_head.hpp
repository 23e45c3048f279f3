// The head of a web server's answer (RFC 9112), read as it arrives: what a device that fetches a
// file needs of it, and nothing that a server may choose the length of.
//
//   ResponseHeadParser parser;
//   while (!parser.done()) {
//     const Result<std::size_t> taken = parser.take(rx);   // how much of rx was of the head
//     ...
//   }
//
// Strict where two readers of one answer could disagree: a line ends with CR LF, a name is followed
// by its colon, a field is not continued on the next line, a length or range stands there once.
// Answers in between (1xx) are passed over; all of them together have kPullHeadBytes.
//
// Errors, all of them `protocol`, by their reason: web_head (no such head, or too long), web_packed
// (a Content-Encoding: the bytes are not those of the file).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "protocols/pull/web_url.hpp"

namespace updraft::link {

// A redirect of a large site has 5 KB, of which two thirds are for browsers. Reading costs no
// memory, but a head without end has to end.
inline constexpr std::size_t kPullHeadBytes = 8192;
inline constexpr std::size_t kPullNameBytes = 24;    // longer names are none that matter here
inline constexpr std::size_t kPullValueBytes = 128;  // of those that matter, but for Location
inline constexpr std::size_t kPullEtagBytes = 96;    // a longer one is not kept
inline constexpr std::size_t kPullDateBytes = 32;    // "Sun, 29 Nov 2026 10:00:00 GMT" has 29

// Which file it is: one of both, or neither.
struct WebValidators {
  Text<kPullEtagBytes> etag;      // with its quotes
  Text<kPullDateBytes> modified;  // as the server writes it
  bool empty() const { return etag.empty() && modified.empty(); }
  bool is_strong() const { return !etag.empty() && !etag.view().starts_with("W/"); }
  friend bool operator==(const WebValidators&, const WebValidators&) = default;
};

struct ContentRange {
  std::uint64_t first = 0, last = 0, total = 0;  // last: of the last byte, not after it
};

struct ResponseHead {
  unsigned status = 0;  // 200 to 599
  bool closes = false;  // the connection ends with this answer
  bool chunked = false;
  std::optional<std::uint64_t> length;  // Content-Length
  std::optional<ContentRange> range;    // Content-Range, complete
  WebValidators validators;
  std::optional<std::uint32_t> retry_after;  // seconds; dates are ignored
  std::optional<std::uint32_t> poll_after;   // seconds, Updraft-Poll
  std::optional<std::uint32_t> key_set;      // version, Updraft-KeySet
  bool hello = false;                        // Updraft-Hello: 1
};

class ResponseHeadParser {
 public:
  void reset();  // for the next answer
  Result<std::size_t> take(Bytes rx);
  bool done() const { return at_ == At::done; }
  bool began() const { return bytes_ > 0; }  // something of it has arrived
  const ResponseHead& head() const { return head_; }
  // Where the answer leads to; empty: it has no Location, or one beyond kWebUrlBytes.
  std::string_view location() const { return {location_.data(), location_size_}; }

 private:
  enum class At : std::uint8_t { version, reason, name, blank, value, line_end, last_end, done };
  enum class Field : std::uint8_t {
    content_length,
    transfer_encoding,
    content_encoding,
    content_range,
    connection,
    location,
    etag,
    last_modified,
    retry_after,
    updraft_poll,
    updraft_key_set,
    updraft_hello,
    other
  };

  void begin_answer();
  Result<> step(char c);
  Result<> take_version(char c);
  Result<> take_name(char c);
  void begin_value();
  void add_to_value(char c);
  Result<> end_field();
  Result<> take_field(std::string_view text);
  Result<> take_length(std::string_view value);
  Result<> end_head();
  std::string_view value() const { return {value_.data(), value_size_}; }

  At at_ = At::version;
  bool old_ = false;  // HTTP/1.0
  Field field_ = Field::other;
  std::uint16_t seen_ = 0;  // a bit for each Field
  std::size_t bytes_ = 0;   // of this head and those in between before it
  std::size_t column_ = 0;  // of the status line
  std::size_t name_size_ = 0, value_size_ = 0, location_size_ = 0;
  bool too_long_ = false;  // the value
  ResponseHead head_;
  std::array<char, kPullNameBytes> name_{};
  std::array<char, kPullValueBytes> value_{};
  std::array<char, kWebUrlBytes> location_{};
};

}  // namespace updraft::link
