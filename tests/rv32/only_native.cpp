// The native push alone, with what it stands on: the engine, signed packages, a journal. Linked for
// its size only; TLS, sockets and what keeps the pairing are the port's.
#include "engine/signing/signed_updates.hpp"
#include "ports/template/boot_control.hpp"
#include "protocols/native/native_device.hpp"
#include "tests/rv32/cfi_flash.hpp"
#include "tests/rv32/silent_stream.hpp"

namespace updraft::rv32 {
namespace {

using port_template::Quiet;
using port_template::TwoSlots;

void nothing_random(MutableBytes) {}

class SilentBoard final : public link::NativeBoard {
 public:
  void describe(link::NativeFacts&) override {}
  link::NativeInstalled installed() override { return {}; }
  Text<16> other_slot() override { return {}; }
  Result<> arm(std::uint64_t) override { return fail(Code::not_wanted, Where::device); }
  std::uint64_t newest_event() override { return 0; }
  std::string_view event(std::uint64_t) override { return {}; }
};

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
SilentBoard board;
link::NativeShared shared(updater, updater, board, &nothing_random);
link::NativeDevice receiver(shared);
std::array<std::byte, 1460> rx;  // for what comes and goes

void serve() {
  (void)signing.open({});
  policy.signing = &signing;
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
