// The body of an upload, in any pieces, with any Content-Type, cut anywhere. Checks that the engine
// hears one session at most and in order, that there is one answer, and that the pieces do not
// matter.
//
// Input: byte 0 StrictIntake's mood; 1 the size of the pieces; 2 how many bytes the length says
// more than there are, 255: what is there is cut; then a line, the Content-Type; the rest is the
// body.
#include <string>

#include "protocols/http/http_device.hpp"
#include "tests/fuzz/strict_intake.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

constexpr std::uint64_t kMost = 64 * 1024;

struct Said {
  unsigned status = 0;
  std::string body;
  std::uint64_t taken = 0;
};

Said talk(unsigned mood, Bytes body, std::string_view type, unsigned more, std::size_t piece) {
  fuzz::StrictIntake intake(kHttp, mood);
  HttpDevice machine(intake, {.scheme = kHttp, .most = kMost});
  machine.on_request(
      {.method = "POST", .target = "/ota", .type = type, .length = body.size() + more}, Instant{});
  for (Bytes rest = body; !rest.empty() && !machine.answer();) {
    const Bytes part = at_most(rest, piece);
    rest = rest.subspan(part.size());
    machine.on_body(part, Instant{});
  }
  if (!machine.answer() && more == 0) machine.on_end(Instant{});
  if (more != 0) machine.on_cut({Code::timeout, Where::link});
  check(machine.answer().has_value(), "there is an answer");
  check(!intake.in_session(), "the session is over");
  check(intake.taken() <= kMost && intake.taken() <= body.size(), "no more than came");
  const HttpAnswer answer = *machine.answer();
  check((answer.status == 200) == (intake.finished() || (mood & 32)) || answer.status != 200,
        "only what was taken is well");
  check(answer.status != 200 || intake.taken() > 0, "nothing is no success");
  return {answer.status, std::string(answer.body), intake.taken()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const Bytes rest = fuzz::input(data, size).subspan(3);
  const std::string_view text = as_text(rest);
  const std::string_view type = text.substr(0, text.find('\n'));
  const Bytes body = rest.subspan(std::min(type.size() + 1, rest.size()));
  const Said whole = talk(data[0], body, type, data[2], body.size() + 1);
  const Said pieces = talk(data[0], body, type, data[2], 1u + data[1]);
  // An engine that refuses in the middle hears more or less of a piece.
  if ((data[0] & 4) == 0) {
    check(whole.status == pieces.status && whole.body == pieces.body, "pieces do not matter");
    check(whole.taken == pieces.taken, "nor to the engine");
  }
  return 0;
}
