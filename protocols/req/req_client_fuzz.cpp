// One connection of the package request client to a server that says anything. Checks that the
// engine hears one session at most, in order; that every request is one write of the two that there
// are; and that the first package is never asked for again.
//
// Input: byte 0: StrictIntake's mood. Then a LinkScript.
#include "protocols/req/req_client.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::uint64_t kSlot = 64 * 1024;
  fuzz::StrictIntake intake(kReq, data[0]);
  ReqClient client(intake, {.slot_size = kSlot});
  unsigned resends = 0;
  std::uint64_t taken_then = 0;
  const auto said = [&](Bytes words) {
    const std::string_view request(reinterpret_cast<const char*>(words.data()), words.size());
    check(request == kReqNext || request == kReqAgain, "a request is one write");
    if (intake.taken() != taken_then) resends = 0;
    taken_then = intake.taken();
    if (request == kReqNext) return;
    check(intake.taken() > 0, "the first package is not asked for again");
    check(++resends <= kReqResends, "a package is asked for again three times");
  };
  fuzz::LinkScript script(client, fuzz::input(data, size).subspan(1), kReqTotalMs, said);
  script.run();
  check(!intake.in_session(), "the session is over");
  check(intake.announced() <= kSlot && intake.taken() <= script.sent(), "the slot is a limit");
  check(client.received() <= intake.taken(), "progress is what the engine took");
  if (client.outcome()) check(intake.taken() == intake.announced(), "success is all of it");
  return 0;
}
