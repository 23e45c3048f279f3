// What a device with signed packages stands on besides its way in: the engine, a verifier and a
// journal, over an idle slot. For programs that are linked to see what one way needs.
#pragma once
#include "engine/signing/signed_updates.hpp"
#include "ports/template/boot_control.hpp"
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
std::array<std::byte, 1460> rx;  // for what comes and goes

void start() {
  (void)signing.open({});
  policy.signing = &signing;
  (void)updater.start(StartedBy::power);
}

}  // namespace
}  // namespace updraft::rv32
