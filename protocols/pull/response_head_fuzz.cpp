// The head and the body of a web server's answer, which say anything. Checks that both end within
// their limits, that pieces make no difference, and that what is read makes sense.
//
// Input: byte 0: the size of the pieces. Then the answer.
#include <string>

#include "protocols/pull/response_body.hpp"
#include "tests/fuzz/check.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

struct Read {
  std::size_t head_bytes = 0;
  std::string body;
  std::string location;
  Code code{};
  bool failed = false, head_done = false, body_done = false;
};

Read read(Bytes text, std::size_t pieces) {
  Read got;
  ResponseHeadParser parser;
  ResponseBody body;
  parser.reset();
  while (!text.empty() && !got.failed && !got.body_done) {
    Bytes rx = text.first(std::min(pieces, text.size()));
    text = text.subspan(rx.size());
    if (!parser.done()) {
      const Result<std::size_t> taken = parser.take(rx);
      if (!taken) {
        got.failed = true;
        got.code = taken.error().code;
        break;
      }
      check(*taken <= rx.size(), "no more than there is");
      got.head_bytes += *taken;
      check(got.head_bytes <= kPullHeadBytes, "a head has a limit");
      rx = rx.subspan(*taken);
      if (!parser.done()) continue;
      got.head_done = true;
      const ResponseHead& head = parser.head();
      check(head.status >= 200 && head.status <= 599, "a final answer");
      check(!head.chunked || !head.length, "one way to end");
      check(!head.range ||
                (head.range->first <= head.range->last && head.range->last < head.range->total),
            "a range has bytes");
      got.location = parser.location();
      body.begin(head);
    }
    while (!rx.empty() && !body.done()) {
      const Result<Bytes> piece = body.take(rx);
      if (!piece) {
        got.failed = true;
        got.code = piece.error().code;
        break;
      }
      got.body += as_text(*piece);
    }
    got.body_done = body.done();
  }
  if (!got.location.empty()) {
    WebPlace place;
    check(place.set("https://host/a/b?c"), "that is a URL");
    if (place.follow(got.location))
      check(parse_web_url(place.text()).has_value(), "a place is a URL");
  }
  return got;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes text = fuzz::input(data, size).subspan(1);
  const Read whole = read(text, text.size() + 1), pieces = read(text, data[0] % 64 + 1u);
  const bool same = whole.body == pieces.body && whole.location == pieces.location &&
                    whole.failed == pieces.failed && whole.code == pieces.code &&
                    whole.head_done == pieces.head_done && whole.body_done == pieces.body_done;
  check(same, "pieces make no difference");
  check(whole.body.size() <= text.size(), "nothing is made up");
  return 0;
}
