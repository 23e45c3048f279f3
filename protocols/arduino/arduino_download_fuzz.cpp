// The connection of an ArduinoOTA device to a host as a script. Checks that the engine hears one
// session at most, in order, and that what the device says cannot be taken for a success.
//
// Input: byte 0: StrictIntake's mood; 2 bytes: the announced size. Then a LinkScript.
#include <algorithm>
#include <string>

#include "protocols/arduino/arduino_download.hpp"
#include "tests/fuzz/link_script.hpp"
#include "tests/fuzz/strict_intake.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::link;
  using fuzz::check;
  if (size < 3) return 0;
  const Bytes in = fuzz::input(data, size);
  const ArduinoInvitation invitation{.port = 1, .size = load_le16(in, 1)};
  fuzz::StrictIntake intake(kArduino, data[0]);
  ArduinoDownload download(intake, invitation, false);
  if (!download.announce()) return 0;
  std::string said;
  fuzz::LinkScript script(download, in.subspan(3), kArduinoTotalMs,
                          [&said](Bytes bytes) { said += as_text(bytes); });
  script.run();
  check(!intake.in_session(), "the session is over");
  check(intake.taken() <= invitation.size, "no more than was announced");
  check((said.find("OK") != said.npos) == download.outcome().has_value(), "OK is a success");
  return 0;
}
