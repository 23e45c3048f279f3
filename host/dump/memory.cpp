#include "host/dump/memory.hpp"

#include <algorithm>

#include "engine/core/hex.hpp"
#include "engine/format/crc32.hpp"
#include "engine/parts/binding_store.hpp"
#include "engine/pipeline/slot_ledger.hpp"
#include "engine/update/journal.hpp"
#include "host/dump/dump_flash.hpp"

namespace updraft::dump {
namespace {

using State = pipeline::SlotLedger::State;

std::string_view word(State state) {
  switch (state) {
    case State::absent:
      return "absent";
    case State::damaged:
      return "damaged";
    case State::foreign:
      return "of a newer release";
    case State::untouched:
      return "untouched";
    case State::interrupted:
      return "interrupted";
    case State::complete:
      return "complete";
  }
  return "";
}

// Every digest that a record of either sector names, once.
std::vector<crypto::Sha256Digest> digests_in(Flash& partition) {
  std::vector<crypto::Sha256Digest> digests;
  for (std::uint32_t at = 0; at < kJournalSectors * kFlashSector; at += kJournalRecordBytes) {
    std::array<std::byte, kJournalRecordBytes> record;
    if (!partition.read(at, record) || as_text(Bytes(record).first(2)) != "UJ") continue;
    crypto::Sha256Digest digest;
    std::copy_n(record.begin() + 8, digest.size(), digest.begin());
    if (std::ranges::find(digests, digest) == digests.end()) digests.push_back(digest);
  }
  return digests;
}

void read_journal(Flash& partition, MemoryReading& reading) {
  Journal journal(partition);
  if (!journal.open() || !journal.is_open()) return;
  reading.journal = true;
  const auto trial = journal.trial();
  for (const crypto::Sha256Digest& digest : digests_in(partition)) {
    const RememberedImage image{digest, journal.remembered(digest).has_value(), trial == digest,
                                journal.excuses(digest)};
    if (image.refused || image.on_trial || image.excused != 0) reading.images.push_back(image);
  }
}

std::optional<SigningReading> read_signing(Flash& sectors) {
  std::vector<std::byte> scratch(kFlashSector);
  SigningMemory memory(sectors);
  memory.open(scratch);
  SigningReading reading{.newer = memory.is_foreign(),
                         .key_set = {},
                         .installed = memory.installed(),
                         .pending = memory.pending(),
                         .lost = memory.lost(),
                         .not_before = memory.not_before()};
  if (const Result<Bytes> key_set = memory.key_set(scratch)) {
    reading.key_set.assign(key_set->begin(), key_set->end());
  }
  const bool blank = !reading.newer && reading.key_set.empty() && !reading.installed;
  return blank ? std::nullopt : std::optional(reading);
}

constexpr std::uint32_t kSigningBytes = kSigningSectors * kFlashSector;

// In the last sectors; where a ledger stands there, they hold no record.
std::optional<SigningReading> signing_at_the_end(Flash& partition) {
  if (partition.size() < kJournalSectors * kFlashSector + kSigningBytes) return std::nullopt;
  FlashWindow window(partition, partition.size() - kSigningBytes, kSigningBytes);
  return read_signing(window);
}

std::string_view state_of(const parts::Binding& one, const parts::Holding& held) {
  using parts::WhereKept;
  const bool mine = held.generation == one.generation;
  if (one.where == WhereKept::copy_0) return "copy 0";
  if (one.where == WhereKept::copy_1) return "copy 1";
  if (mine) return held.content == parts::Content::whole ? "ready" : "half";
  if (one.where == WhereKept::staged) return "staged";
  return one.where == WhereKept::saved ? "saved" : "gone";
}

// The newest record, wherever it stands: that follows from the sizes of the slots.
void read_bindings(Flash& partition, MemoryReading& reading) {
  parts::BindingRecord newest, read;
  std::uint32_t best = 0, counter = 0;
  for (std::uint32_t at = 0; inside(at, kFlashSector, partition.size()); at += kFlashSector) {
    std::array<std::byte, parts::kBindingRecordBytes> bytes;
    if (!partition.read(at, bytes) || !parts::parse_binding(bytes, read, counter)) continue;
    if (counter <= best) continue;
    best = counter;
    newest = read;
  }
  reading.data_on_trial = newest.on_trial;
  for (const parts::BoundApp& app : newest.apps) {
    if (!app.exists()) continue;
    BoundReading& bound = reading.bound.emplace_back(BoundReading{app.app, app.slot, {}});
    for (const parts::Binding& one : app.all()) {
      bound.data.push_back({std::string(one.label.view()),
                            state_of(one, newest.held(one.label.view())), one.digest, one.size});
    }
  }
}

// In front of them; where neither sector was ever written by it, or a ledger stands there, nothing.
std::optional<RescueReading> read_rescue(Flash& partition) {
  constexpr std::uint32_t kBytes = kRescueSectors * kFlashSector;
  if (partition.size() < kJournalSectors * kFlashSector + kSigningBytes + kBytes) {
    return std::nullopt;
  }
  FlashWindow window(partition, partition.size() - kSigningBytes - kBytes, kBytes);
  std::array<std::byte, kCounterHead> head;
  RescueMemory memory(window);
  RescueReading reading{.starts = memory.counter().counted().value_or(0),
                        .request = memory.request()};
  const bool counts = window.read(0, head) && as_text(Bytes(head).first(4)) == "UDBC";
  return counts || reading.request ? std::optional(reading) : std::nullopt;
}

}  // namespace

// "s00", "s01", ... in the namespace of the journal, a page each.
std::optional<SigningReading> signing_in(const Nvs& nvs) {
  std::vector<std::byte> sectors(kSigningBytes, std::byte{0xFF});
  for (const NvsEntry& entry : nvs.entries) {
    std::array<std::byte, 1> page;
    const bool ours = entry.space == "updraft" && entry.key.size() == 3 && entry.key[0] == 's';
    if (!ours || !entry.whole || !read_hex(entry.key.substr(1), page)) continue;
    const std::size_t at = load_u8(page, 0) * std::size_t{kFlashPage};
    if (entry.data.size() > kFlashPage || !inside(at, kFlashPage, sectors.size())) continue;
    std::ranges::copy(entry.data, sectors.begin() + static_cast<std::ptrdiff_t>(at));
  }
  DumpFlash flash(sectors, 0, kSigningBytes);
  return read_signing(flash);
}

bool is_memory(Bytes b) {
  return b.size() >= kJournalSectors * kFlashSector && as_text(b.first(2)) == "UJ" &&
         load_u8(b, 2) == 1 &&
         load_le32(b, kJournalRecordBytes - 4) == format::crc32(b.first(kJournalRecordBytes - 4));
}

MemoryReading read_memory(Flash& partition, const std::vector<std::uint32_t>& slot_bytes) {
  MemoryReading reading;
  if (partition.size() < kJournalSectors * kFlashSector) return reading;
  read_journal(partition, reading);
  std::vector<std::byte> scratch(kFlashSector);
  for (std::size_t i = 0; i < slot_bytes.size(); ++i) {
    pipeline::SlotLedger ledger(partition, kJournalSectors);
    const auto slot = static_cast<std::uint8_t>(i);
    ledger.open(slot, slot_bytes[i], scratch);
    SlotMemory memory{.slot = slot, .state = word(ledger.state())};
    if (ledger.state() == State::interrupted) {
      memory.good_to = ledger.good_to();
      memory.payload_size = ledger.update().payload_size;
    }
    if (ledger.state() == State::complete) memory.image_bytes = ledger.image_bytes();
    reading.slots.push_back(memory);
  }
  read_bindings(partition, reading);
  reading.signing = signing_at_the_end(partition);
  reading.rescue = read_rescue(partition);
  return reading;
}

}  // namespace updraft::dump
