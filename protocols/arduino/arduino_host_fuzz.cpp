// What a device says to a host of ArduinoOTA: replies to invitations, then the words on its
// connection. Checks that both ends come to an end, and that only "OK" at the end is a success.
//
// Input: byte 0 bit 0: the host has a password; its rest: how many datagrams, each with a length
// byte before it. Then a LinkScript.
#include "protocols/arduino/arduino_inviter.hpp"
#include "protocols/arduino/arduino_samples.hpp"
#include "protocols/arduino/arduino_upload.hpp"
#include "tests/fuzz/link_script.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

Bytes invite(Bytes in) {
  const PeerAddress device = samples::arduino_peer(1, 3232);
  const unsigned head = load_u8(in, 0);
  ArduinoInviter inviter({.device = device,
                          .invitation = {.port = 1, .size = 100},
                          .password = head & 1 ? "fuzz" : "",
                          .random = &samples::arduino_bits});
  in = in.subspan(1);
  Instant now{};
  std::array<std::byte, kDatagramBytes> room;
  for (unsigned i = 0; i < head / 2u && !in.empty(); ++i) {
    const Bytes datagram = at_most(in.subspan(1), load_u8(in, 0));
    in = in.subspan(1 + datagram.size());
    inviter.on_datagram(device, datagram, now);
    for (int sent = 0; inviter.write_to(room); ++sent) check(sent < 2, "one datagram at a time");
  }
  for (int fired = 0; !inviter.over(); ++fired) {
    check(fired < 64, "invitations have an end");
    now = std::max(now, *inviter.deadline());
    inviter.on_deadline(now);
    (void)inviter.write_to(room);
  }
  return in;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes rest = invite(fuzz::input(data, size));
  const std::vector<std::byte> image(1000);
  MemorySource source(image);
  ArduinoUpload upload(source);
  fuzz::LinkScript script(upload, rest, kPaceTotalMs + kArduinoResultMs, [](Bytes) {});
  script.run();
  if (upload.outcome()) check(upload.sent() == image.size(), "a success has everything");
  return 0;
}
