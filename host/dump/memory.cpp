#include "host/dump/memory.hpp"

#include <algorithm>

#include "engine/format/crc32.hpp"
#include "engine/pipeline/slot_ledger.hpp"
#include "engine/update/journal.hpp"

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

// In the last sectors; where a ledger stands there, they hold no record.
std::optional<SigningReading> read_signing(Flash& partition, MutableBytes scratch) {
  constexpr std::uint32_t kBytes = kSigningSectors * kFlashSector;
  if (partition.size() < kJournalSectors * kFlashSector + kBytes) return std::nullopt;
  FlashWindow window(partition, partition.size() - kBytes, kBytes);
  SigningMemory memory(window);
  memory.open(scratch);
  SigningReading reading{.newer = memory.is_foreign(),
                         .key_set = {},
                         .installed = memory.installed(),
                         .pending = memory.pending(),
                         .lost = memory.lost()};
  if (const Result<Bytes> key_set = memory.key_set(scratch)) {
    reading.key_set.assign(key_set->begin(), key_set->end());
  }
  const bool blank = !reading.newer && reading.key_set.empty() && !reading.installed;
  return blank ? std::nullopt : std::optional(reading);
}

}  // namespace

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
  reading.signing = read_signing(partition, scratch);
  return reading;
}

}  // namespace updraft::dump
