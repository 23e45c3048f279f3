// Requests to ElegantOTA's routes, one after the other, from two clients. Checks that the engine
// hears one session at most and in order, and that each request gets one answer.
//
// Input: byte 0 StrictIntake's mood; then requests: a byte (bit 0: which client, bit 1: an upload,
// bit 2: it is cut, the rest: size of the pieces), two bytes how long it is, little-endian, and so
// many bytes: a start's query, or a form's body with the boundary "b".
#include <string>

#include "protocols/elegant/elegant_device.hpp"
#include "tests/fuzz/strict_intake.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

void talk(fuzz::StrictIntake& intake, ElegantStarts& starts, unsigned how, Bytes body,
          Instant now) {
  ElegantDevice machine(intake, starts, {.most = 64 * 1024});
  const bool upload = (how & 2) != 0, cut = (how & 4) != 0;
  const std::string target = upload ? "/ota/upload" : "/ota/start?" + std::string(as_text(body));
  machine.on_request({.method = upload ? "POST" : "GET",
                      .target = target,
                      .type = "multipart/form-data; boundary=b",
                      .length = upload ? body.size() + (cut ? 1 : 0) : 0,
                      .from = how & 1},
                     now);
  for (Bytes rest = upload ? body : Bytes{}; !rest.empty() && !machine.answer();) {
    const Bytes part = at_most(rest, 1 + (how >> 3));
    rest = rest.subspan(part.size());
    machine.on_body(part, now);
  }
  if (!machine.answer()) cut ? machine.on_cut({Code::aborted, Where::link}) : machine.on_end(now);
  check(machine.answer().has_value(), "there is an answer");
  check(!intake.in_session(), "the session is over");
  const HttpAnswer answer = *machine.answer();
  check(answer.status == 200 ? answer.body == "OK" : answer.body.ends_with("\n"),
        "as its clients know it");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::StrictIntake intake(kElegant, data[0], fuzz::StrictIntake::many);
  ElegantStarts starts;
  Instant now{Millis{5}};
  for (Bytes rest = fuzz::input(data, size).subspan(1); rest.size() >= 3 && !intake.finished();) {
    const unsigned how = load_u8(rest, 0);
    const std::size_t length = load_le16(rest, 1);
    const Bytes body = at_most(rest.subspan(3), length);
    rest = rest.subspan(3 + body.size());
    talk(intake, starts, how, body, now);
    now += Millis{20'000};
  }
  return 0;
}
