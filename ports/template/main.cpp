// The smallest product on this port: raw TCP into two slots, with a journal. Fill in what the
// headers beside this file say, and here the addresses of the partitions.
#include "updraft/updater.hpp"

#include "ports/template/boot_control.hpp"
#include "ports/template/flash.hpp"
#include "ports/template/serve.hpp"
#include "protocols/raw/raw_receiver.hpp"

namespace updraft::port_template {

// Waits for the next connection. Fill in: a socket that listens, or a serial line.
Stream& next_connection();
// Fill in: restarts the chip; true if its last start was a reset, not power that came back.
void restart();
bool was_reset();

namespace {

constexpr std::uint32_t kSlot = 0x1A0000, kSlotBytes = 0x180000;  // fill in: the partition table
constexpr std::uint32_t kJournal = 0xB000, kJournalBytes = 2 * kFlashSector;

PartFlash flash;
FlashWindow slot(flash, kSlot, kSlotBytes), journal_flash(flash, kJournal, kJournalBytes);
TwoSlots boot(slot);
UpdateMemory memory(journal_flash);
Policy policy;  // nothing unsigned gets in; allow_unsigned(kRaw) lets anybody install
Quiet observer;
Updater updater(boot, &memory, policy, observer);
std::array<std::byte, 1460> buffer;

}  // namespace

// One task's work, for ever.
void run() {
  (void)updater.start(was_reset() ? StartedBy::reset : StartedBy::power);
  // Fill in: the product's self-test, then updater.confirm() or updater.roll_back(), within a time.
  while (updater.state() != UpdateState::installed) {
    link::RawReceiver receiver(updater, {.slot_size = kSlotBytes});
    (void)serve(receiver, next_connection(), buffer);
  }
  restart();
}

}  // namespace updraft::port_template
