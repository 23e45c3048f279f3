// A request to the form, with any body in any pieces. Checks that the engine hears one session at
// most and in order, that there is one answer in the original's frame, and that the pieces do not
// matter.
//
// Input: byte 0 StrictIntake's mood; 1 bit 0: /factory, bit 1: strict, bit 2: the body is cut, the
// rest: the size of the pieces; then a line, the Content-Type; the rest is the body.
#include <string>

#include "protocols/form/form_device.hpp"
#include "tests/fakes/fake_steering.hpp"
#include "tests/fuzz/strict_intake.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

namespace {

constexpr std::uint64_t kMost = 64 * 1024;

std::string talk(unsigned mood, unsigned how, std::string_view type, Bytes body,
                 std::size_t piece) {
  fuzz::StrictIntake intake(kForm, mood);
  fakes::FakeSteering steering;
  FormDevice machine(intake, steering, {.most = kMost, .strict = (how & 2) != 0});
  machine.on_request({.method = "POST",
                      .target = (how & 1) != 0 ? "/factory" : "/upload",
                      .type = type,
                      .length = body.size() + ((how & 4) != 0 ? 1 : 0)},
                     Instant{});
  for (Bytes rest = body; !rest.empty() && !machine.answer();) {
    const Bytes part = at_most(rest, piece);
    rest = rest.subspan(part.size());
    machine.on_body(part, Instant{});
  }
  if (!machine.answer()) {
    (how & 4) != 0 ? machine.on_cut({Code::aborted, Where::link}) : machine.on_end(Instant{});
  }
  check(machine.answer().has_value(), "there is an answer");
  check(!intake.in_session(), "the session is over");
  check(intake.taken() <= std::min<std::uint64_t>(kMost, body.size()), "no more than came");
  const std::string said(machine.answer()->body);
  check(said.starts_with("<!DOCTYPE html>") && said.ends_with("</body></html>\r\n"),
        "a whole page");
  const bool well = said.find("OTA OK, restarting...") != said.npos;
  check(!well || (intake.taken() > 0 && machine.answer()->status == 200), "nothing is no success");
  check(machine.restarts() == (!steering.calls.empty() && (how & 4) == 0), "as it says");
  return said + std::to_string(machine.answer()->status);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const Bytes rest = fuzz::input(data, size).subspan(2);
  const std::string_view text = as_text(rest);
  const std::string_view type = text.substr(0, text.find('\n'));
  const Bytes body = rest.subspan(std::min(type.size() + 1, rest.size()));
  const std::string whole = talk(data[0], data[1], type, body, body.size() + 1);
  const std::string pieces = talk(data[0], data[1], type, body, 1u + (data[1] >> 3));
  if ((data[0] & 4) == 0) check(whole == pieces, "pieces do not matter");
  return 0;
}
