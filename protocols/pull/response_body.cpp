#include "protocols/pull/response_body.hpp"

#include "engine/core/hex.hpp"

namespace updraft::link {
namespace {

Failure broken_body() { return {Code::protocol, Where::link, Reason::web_head}; }

// What a field after the last chunk, or an extension of a chunk, may hold.
bool is_line_char(char c) { return static_cast<unsigned char>(c) >= 0x20 || c == '\t'; }

}  // namespace

void ResponseBody::begin(const ResponseHead& head, bool empty) {
  left_ = 0;
  count_ = 0;
  if (empty) {
    at_ = At::done;
  } else if (head.chunked) {
    at_ = At::size;
  } else if (head.length) {
    left_ = *head.length;
    at_ = left_ == 0 ? At::done : At::counted;
  } else {
    at_ = At::endless;
  }
}

Result<Bytes> ResponseBody::take(Bytes& rx) {
  while (!rx.empty() && !done()) {
    if (at_ == At::counted || at_ == At::endless || at_ == At::data) return take_data(rx);
    const char c = static_cast<char>(rx.front());
    rx = rx.subspan(1);
    UPDRAFT_TRY(step(c));
  }
  return Bytes{};
}

Bytes ResponseBody::take_data(Bytes& rx) {
  const Bytes piece = at_ == At::endless ? rx : at_most(rx, left_);
  rx = rx.subspan(piece.size());
  if (at_ == At::endless) return piece;
  left_ -= piece.size();
  if (left_ == 0) at_ = at_ == At::counted ? At::done : At::data_cr;
  return piece;
}

Result<> ResponseBody::step(char c) {
  const auto expect = [this, c](char wanted, At next) -> Result<> {
    at_ = next;
    return c == wanted ? Result<>{} : broken_body();
  };
  switch (at_) {
    case At::size:
      return take_size(c);
    case At::behind_size:
      if (c == '\r') at_ = At::size_end;
      return c == '\r' || (is_line_char(c) && ++count_ <= kPullChunkLine) ? Result<>{}
                                                                          : broken_body();
    case At::size_end:
      return c == '\n' ? end_size() : broken_body();
    case At::data_cr:
      return expect('\r', At::data_lf);
    case At::data_lf:
      count_ = 0;
      return expect('\n', At::size);
    case At::trailer:
      if (c == '\r') {
        at_ = At::last_end;
        return {};
      }
      at_ = At::trailer_line;
      [[fallthrough]];
    case At::trailer_line:
      if (c == '\r') at_ = At::trailer_end;
      return c == '\r' || (is_line_char(c) && ++count_ <= kPullTrailerBytes) ? Result<>{}
                                                                             : broken_body();
    case At::trailer_end:
      return expect('\n', At::trailer);
    case At::last_end:
      return expect('\n', At::done);
    default:
      return {};  // data, which take_data() has
  }
}

// Hex digits, then the end of the line or a semicolon.
Result<> ResponseBody::take_size(char c) {
  if (const int digit = hex_value(c); digit != kNoHexDigit) {
    if (count_++ == kPullChunkDigits) return broken_body();
    left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
    return {};
  }
  const bool ends = c == '\r' || c == ';' || c == ' ' || c == '\t';
  if (count_ == 0 || !ends) return broken_body();
  count_ = 0;
  at_ = c == '\r' ? At::size_end : At::behind_size;
  return {};
}

Result<> ResponseBody::end_size() {
  count_ = 0;
  at_ = left_ == 0 ? At::trailer : At::data;
  return {};
}

}  // namespace updraft::link
