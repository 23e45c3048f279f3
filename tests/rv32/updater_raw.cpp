// The smallest updater that a product would build: raw TCP into two slots, with a journal. Linked
// for its size only: what of the library it needs, and how much RAM (docs/footprint.md).
#include "updraft/updater.hpp"

#include "ports/template/boot_control.hpp"
#include "protocols/raw/raw_receiver.hpp"
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
Updater updater(boot, &memory, policy, quiet);
link::RawReceiver receiver(updater, {.slot_size = 0x30000});
std::array<std::byte, 1460> rx;  // for what comes and goes

void serve() {
  (void)updater.start(StartedBy::power);
  SilentStream stream;
  (void)port_template::serve(receiver, stream, rx);
}

}  // namespace
}  // namespace updraft::rv32

int main() {
  updraft::rv32::serve();
  return updraft::rv32::updater.pending() ? 1 : 0;
}
