// A device's reply, in pieces of any size: pieces make no difference, and what is asked next stays
// within what there is.
//
// Input: byte 0: how large the pieces are. The rest is what the device says.
#include <string>

#include "protocols/native/native_host.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace updraft;
using fuzz::check;

struct Heard {
  bool failed = false, complete = false;
  link::NativeAnswer answer;
};

Heard read(Bytes text, std::size_t step) {
  link::NativeAnswerReader reader;
  Heard heard;
  while (!text.empty() && !heard.failed && !reader.complete()) {
    Bytes piece = at_most(text, step);
    const std::size_t given = piece.size();
    heard.failed = !reader.push(piece).has_value();
    text = text.subspan(given - piece.size());
  }
  heard.complete = reader.complete();
  heard.answer = reader.answer();
  return heard;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes text = fuzz::input(data, size).subspan(1);
  const Heard whole = read(text, text.size() + 1), pieces = read(text, data[0] % 64 + 1u);
  check(whole.failed == pieces.failed && whole.complete == pieces.complete, "pieces are the same");
  if (!whole.complete || whole.failed) return 0;
  check(whole.answer.session == pieces.answer.session && whole.answer.code == pieces.answer.code,
        "so is what they say");
  const std::string head(300, 'h'), index(96, 'i'), transfer(8528, 't');
  link::NativePush push({as_bytes(head), as_bytes(index), as_bytes(transfer)}, true);
  (void)push.begin();
  for (int round = 0; round < 8; ++round) {
    const auto next = push.next(whole.answer);
    if (!next) break;
    check(next->body.size() <= transfer.size(), "it sends what it has");
    check(next->path.size() < 90, "a path of ours");
  }
  return 0;
}
