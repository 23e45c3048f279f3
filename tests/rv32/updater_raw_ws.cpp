// The updater of the budget: raw TCP and WebSocket into two slots, with a journal, the HTTP guard
// and the status document; the frames come from the chip's own HTTP server. Linked for its size
// only.
#include "updraft/status.hpp"
#include "updraft/updater.hpp"

#include "ports/template/boot_control.hpp"
#include "protocols/raw/raw_receiver.hpp"
#include "protocols/ws/http_guard.hpp"
#include "protocols/ws/ws_device.hpp"
#include "tests/rv32/cfi_flash.hpp"
#include "tests/rv32/silent_stream.hpp"

namespace updraft::rv32 {
namespace {

using port_template::Quiet;
using port_template::TwoSlots;

CfiFlash nor;
FlashWindow slot(nor, 0x40000, 0x30000), journal_flash(nor, 0xB000, 0x2000);
TwoSlots boot(slot);
UpdateMemory memory(journal_flash);
Policy policy;
Quiet quiet;
StatusKeeper status_keeper(quiet);
Updater updater(boot, &memory, policy, status_keeper);
link::RawReceiver receiver(updater, {.slot_size = 0x30000});
link::WsDevice socket(updater, updater, {.chunk = 2048});
// One task: a segment of the socket driver, a frame's payload, or the status document.
std::array<std::byte, kStatusBytes> room;

void serve_raw() {
  SilentStream stream;
  (void)port_template::serve(receiver, stream, MutableBytes(room).first(1460));
}

std::size_t serve_http(std::string_view host) {
  const link::HttpSite site{};
  link::HttpGuard guard(site, "GET");
  guard.on_field("Host", host);
  if (guard.judge() != link::HttpStatus::ok) return link::sentence(guard.judge()).size();
  link::WsMachine& machine = socket;
  machine.on_open(Instant{});
  machine.on_frame({.opcode = link::WsOpcode::binary, .length = room.size()}, Instant{});
  machine.on_payload(room, Instant{});
  machine.on_waiting(Instant{});
  while (machine.next_message()) {
  }
  if (machine.deadline()) machine.on_deadline(Instant{});
  if (machine.close()) machine.on_lost(Instant{});
  Status status;
  status_keeper.fill(status);
  return write_status(status, room);
}

}  // namespace
}  // namespace updraft::rv32

int main(int argc, char** argv) {
  using namespace updraft::rv32;
  (void)updater.start(updraft::StartedBy::power);
  serve_raw();
  return static_cast<int>(serve_http(argc > 1 ? argv[1] : ""));
}
