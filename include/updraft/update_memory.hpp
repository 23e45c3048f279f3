// What a device remembers of its updates over a restart, in one piece of flash that nothing else
// uses. The owner of an Updater hands it over.
//
//   sectors  0, 1      the journal: which image is on trial, which ones failed here
//            2 and on  the ledger of each update slot, in the order of the slots: what the slot
//                      holds, and which of its bytes can be trusted
//
// At the end of the partition stand two sectors of signed updates (engine/signing), and in front of
// them two of the rescue app (engine/rescue), where a device has them.
//
// Two sectors will do, and hold the journal alone; with six there are ledgers for two slots of up
// to 3 MiB.
//
// The library that reads this may be older than the one that wrote it: an update brings a newer
// library, and a rollback leaves its records in flash. So each header names the layout of its part,
// and these things are the same in every layout: where the two journal sectors and the two copies
// of each ledger begin; the size of a header, and where magic, kind, slot, layout, generation and
// checksum stand in it. A library that meets a newer layout reads nothing else of that part. It
// never writes to such a journal: it works without one. It replaces such a ledger right before it
// changes the slot, because from then on the ledger would be wrong
// (docs/decisions/0022-layouts-in-flash.md).
#pragma once
#include "updraft/flash.hpp"

#include "engine/pipeline/slot_ledger.hpp"
#include "engine/update/journal.hpp"

namespace updraft {

class UpdateMemory {
 public:
  // `flash` outlives it.
  explicit UpdateMemory(Flash& flash, const JournalRoom& room = {})
      : journal_(flash, room), ledger_(flash, kJournalSectors) {}

  // Before anything else, once after boot. Error: flash; what can be read works all the same.
  Result<> open() { return journal_.open(); }

  // nullptr: it cannot be read, or a newer library wrote it.
  Journal* journal() {
    if (!journal_.is_open()) (void)journal_.open();
    return journal_.is_open() ? &journal_ : nullptr;
  }
  pipeline::SlotLedger& ledger() { return ledger_; }

 private:
  Journal journal_;
  pipeline::SlotLedger ledger_;
};

}  // namespace updraft
