// What a device knows of its updates over a restart, in one piece of flash that belongs to it
// alone. Whoever makes an Updater hands one over.
//
//   sectors  0, 1      the journal: which image is on trial, which ones failed here
//            2 and on  the ledger of each update slot, in the order of the slots: what it holds,
//            and
//                      what may be believed of it
//
// Two sectors will do, and hold the journal alone; with four there are ledgers for two slots of up
// to 3 MiB.
//
// The library that reads this may be older than the one that wrote it: an update brings a newer
// one, and a rollback leaves what that wrote. So each header says in which layout its part is, and
// these things are the same in every layout: where the two journal sectors and the two copies of
// each ledger begin; and of a header its size, and where magic, kind, slot, layout, generation and
// checksum stand in it. A library that meets a newer layout reads nothing else of that part. Of the
// journal it writes nothing either: it works without one. A ledger it replaces right before it
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
  explicit UpdateMemory(Flash& flash) : journal_(flash), ledger_(flash, kJournalSectors) {}

  // Before anything else, once after boot. Error: flash; what can be read works all the same.
  Result<> open() { return journal_.open(); }

  // nullptr: it does not read, or is of a newer library.
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
