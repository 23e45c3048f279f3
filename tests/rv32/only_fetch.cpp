// Fetching from a web server alone, plain images and signed packages, with what it stands on: the
// engine, a verifier, a journal. Linked for its size only; TLS and sockets are the port's.
#include "engine/signing/signed_updates.hpp"
#include "ports/template/boot_control.hpp"
#include "protocols/pull/web_pull.hpp"
#include "tests/rv32/cfi_flash.hpp"
#include "tests/rv32/silent_stream.hpp"

namespace updraft::rv32 {
namespace {

using port_template::Quiet;
using port_template::TwoSlots;

void nothing_random(MutableBytes) {}

CfiFlash nor;
FlashWindow slot(nor, 0x40000, 0x30000), journal_flash(nor, 0xB000, 0x2000),
    signing_flash(nor, 0xD000, 0x2000);
TwoSlots boot(slot);
UpdateMemory memory(journal_flash);
Policy policy;
Quiet quiet;
SigningRoom room;
SignedUpdates signing(boot, signing_flash, room, SignedProduct{}, quiet);
Updater updater(boot, &memory, policy, quiet);
link::WebPull pull(updater, {.url = "https://updates.example/lamp.bin", .scheme = kHttps}, nullptr,
                   nullptr, &nothing_random);
std::array<std::byte, 1460> rx;  // for what comes and goes

void serve() {
  (void)signing.open({});
  policy.signing = &signing;
  (void)updater.start(StartedBy::power);
  pull.start(Instant{});
  SilentStream stream;
  while (const auto due = pull.deadline()) {
    if (!pull.turn(*due)) continue;
    pull.closed(port_template::serve(pull.link(), stream, rx), *due);
  }
}

}  // namespace
}  // namespace updraft::rv32

int main() {
  updraft::rv32::serve();
  return updraft::rv32::updater.pending() ? 1 : 0;
}
