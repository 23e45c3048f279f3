// A device that says anything, to the ws:// client. Checks that the client sends only its own words
// and bytes of the image, that it ends, and that it reports success only if the device did.
//
// Input: byte 0: low 2 bits what to do with a trial, bit 2: restart, rest: bytes of the image. Then
// a LinkScript.
#include "protocols/ws/ws_channel.hpp"
#include "protocols/ws/ws_host.hpp"
#include "tests/fuzz/link_script.hpp"

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::vector<std::byte> image((data[0] >> 3) * std::size_t{500}, std::byte{'i'});
  const auto trial = static_cast<WsHost::Trial>(std::min(data[0] & 3, 2));
  WsHost host(
      {.image = image, .restart = (data[0] & 4) != 0, .trial = trial, .password = "hunter2"});
  WsChannel channel(host, WsSide::client,
                    [](MutableBytes out) { std::ranges::fill(out, std::byte{0}); });
  fuzz::LinkScript script(channel, fuzz::input(data, size).subspan(1),
                          kWsGreetMs + kWsAnswerMs + kWsPartMs + kWsCloseMs, [](Bytes) {});
  script.run();
  check(host.sent() <= image.size(), "progress is what was sent");
  check(!host.installed() || host.sent() == image.size(), "installed is all of it");
  if (host.outcome() && !image.empty() && trial != WsHost::Trial::go_back) {
    check(host.installed(), "success is what the device said");
  }
  return 0;
}
