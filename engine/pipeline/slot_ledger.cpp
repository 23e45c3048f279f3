#include "engine/pipeline/slot_ledger.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::size_t kIdentityOffset = 20;
constexpr std::size_t kLayoutOffset = 28;

bool is_sound(Bytes record) {
  return record[0] == std::byte{'U'} && record[1] == std::byte{'L'} && format::ends_in_crc(record);
}

}  // namespace

void SlotLedger::open(std::uint8_t slot, std::uint32_t slot_bytes, MutableBytes scratch) {
  sectors_ = ledger_sectors(slot_bytes);
  slot_ = slot;
  state_ = State::absent;
  update_ = {};
  generation_ = good_to_ = image_bytes_ = checked_ = known_at_ = known_to_ = found_at_ = 0;
  known_ = writing_ = 0;
  if (!inside(offset_of(0, 0), std::uint64_t{2} * sectors_ * kFlashSector, flash_.size())) return;
  const std::uint8_t layout = find_header();
  if (layout == kLedgerLayout) return scan(scratch);
  state_ = State::foreign;
  if (layout == 0) state_ = blank(0) && blank(1) ? State::untouched : State::damaged;
}

// The newest copy, in any layout; returns which, 0: there is none.
std::uint8_t SlotLedger::find_header() {
  std::uint8_t layout = 0;
  for (std::uint8_t copy = 0; copy < 2; ++copy) {
    Record header;
    if (!read(copy, 0, header) || !is_header(header)) continue;
    if (load_le32(header, 4) <= generation_) continue;
    generation_ = load_le32(header, 4);
    known_ = writing_ = copy;
    layout = load_u8(header, kLayoutOffset);
    if (layout != kLedgerLayout) continue;
    update_.begun_at = load_le32(header, 8);
    update_.doubtful_to = load_le32(header, 12);
    update_.payload_size = load_le32(header, 16);
    std::copy_n(header.begin() + kIdentityOffset, update_.identity.size(),
                update_.identity.begin());
  }
  return layout;
}

// Block records stand in order; records that were cut short may stand between them.
void SlotLedger::scan(MutableBytes scratch) {
  state_ = State::interrupted;
  known_at_ = good_to_ = update_.begun_at;
  gapless_ = true;
  const auto at_once = static_cast<std::uint32_t>(scratch.size() / kLedgerRecordBytes);
  for (next_ = 1; next_ < places();) {
    const std::uint32_t count = std::min(places() - next_, at_once);
    const MutableBytes records = scratch.first(count * kLedgerRecordBytes);
    if (!flash_.read(offset_of(known_, next_), records)) break;
    const std::uint32_t end = next_ + count;
    for (Bytes rest = records; next_ < end; ++next_, rest = rest.subspan(kLedgerRecordBytes)) {
      const Bytes record = rest.first(kLedgerRecordBytes);
      if (is_erased(record)) break;
      gapless_ = gapless_ && is_sound(record);
      if (is_sound(record)) note(record);
    }
    if (next_ < end) break;
  }
  known_to_ = good_to_;
  const std::uint32_t bytes = state_ == State::complete ? image_bytes_ : known_to_;
  checked_ = static_cast<std::uint32_t>(align_up(bytes, kFlashSector)) / kFlashSector;
}

void SlotLedger::note(Bytes record) {
  if (record[2] == std::byte{static_cast<std::uint8_t>(Kind::block)}) good_to_ += kFlashBlock;
  if (record[2] != std::byte{static_cast<std::uint8_t>(Kind::complete)}) return;
  state_ = State::complete;
  image_bytes_ = load_le32(record, 4);
}

std::uint32_t SlotLedger::doubtful_from() const {
  switch (state_) {
    case State::interrupted:
      return good_to_;
    case State::complete:  // after the image an older interruption may have left half-erased cells
      return std::min(static_cast<std::uint32_t>(align_up(image_bytes_, kFlashSector)),
                      update_.doubtful_to);
    default:
      return 0;
  }
}

std::uint32_t SlotLedger::doubtful_to() const {
  switch (state_) {
    case State::absent:
    case State::damaged:
    case State::foreign:
      return UINT32_MAX;
    case State::interrupted:
      return std::max(good_to_ + kFlashBlock, update_.doubtful_to);
    case State::complete:
      return update_.doubtful_to;
    default:
      return 0;
  }
}

// If records were cut short, the search goes on from the last one found: blocks come in order.
std::uint16_t SlotLedger::load(std::uint32_t block, Checks& checks) {
  if (block < known_at_ / kFlashBlock || block >= known_to_ / kFlashBlock) return 0;
  const bool from_last = !gapless_ && found_at_ != 0 && found_ <= block;
  std::uint32_t at = gapless_ ? block : from_last ? found_ : known_at_ / kFlashBlock;
  std::uint32_t place = gapless_ ? 1 + block - known_at_ / kFlashBlock : from_last ? found_at_ : 1;
  for (; place < places(); ++place) {
    Record record;
    if (!read(known_, place, record) || !is_sound(record)) continue;
    if (record[2] != std::byte{static_cast<std::uint8_t>(Kind::block)} || at++ != block) continue;
    for (std::size_t i = 0; i < checks.size(); ++i) checks[i] = load_le32(record, 4 + 4 * i);
    found_ = block;
    found_at_ = place;
    const std::uint32_t sectors = checked_ - std::min(checked_, block * kSectorsPerBlock);
    return static_cast<std::uint16_t>((1u << std::min(sectors, kSectorsPerBlock)) - 1u);
  }
  return 0;
}

void SlotLedger::begin(const Update& update) {
  UPDRAFT_ASSERT(update.begun_at % kFlashBlock == 0);
  if (state_ == State::absent) return;
  // The valid copy stays until the new header is written; if there is none, one is written that
  // shows that the slot was changed.
  const bool in_force = state_ >= State::interrupted || state_ == State::foreign;
  const bool whole = state_ == State::complete && known_at_ == 0 && known_to_ >= update.begun_at;
  writing_ = in_force ? static_cast<std::uint8_t>(1 - known_) : blank(0) ? 0 : 1;
  update_ = update;
  if (whole) update_.begun_at = 0;
  Result<> written = erase_copy(writing_);
  if (written) written = write_header(writing_);
  if (!written) {
    void_both();
    state_ = State::absent;
    return;
  }
  void_header(1u - writing_);
  ++generation_;
  next_ = 1;
  good_to_ = update_.begun_at;
  state_ = State::interrupted;
  if (whole) take_over(update.begun_at / kFlashBlock);
}

void SlotLedger::take_over(std::uint32_t blocks) {
  for (std::uint32_t block = 0; block < blocks; ++block) {
    Checks checks;
    if (load(block, checks) == 0) return;
    append(checks);
  }
}

void SlotLedger::go_on() { writing_ = known_; }

void SlotLedger::append(const Checks& checks) {
  if (state_ != State::interrupted || next_ + 1 >= places()) return;  // the last is for complete()
  Record record{};
  record[2] = static_cast<std::byte>(Kind::block);
  for (std::size_t i = 0; i < checks.size(); ++i) store_le32(record, 4 + 4 * i, checks[i]);
  while (next_ + 1 < places()) {
    if (write(writing_, next_++, record)) {
      good_to_ += kFlashBlock;
      return;
    }
  }
}

void SlotLedger::complete(std::uint32_t image_bytes) {
  if (state_ != State::interrupted || next_ >= places()) return;
  Record record{};
  record[2] = static_cast<std::byte>(Kind::complete);
  store_le32(record, 4, image_bytes);
  if (write(writing_, next_++, record)) state_ = State::complete;
}

void SlotLedger::doubt() {
  if (state_ < State::untouched) return;  // nothing was trusted anyway
  void_both();
  state_ = State::damaged;
}

void SlotLedger::void_both() {
  void_header(1u - writing_);  // the older one first: it must not become valid again
  void_header(writing_);
}

Result<> SlotLedger::erase_copy(std::uint32_t copy) {
  for (std::uint32_t i = 0; i < sectors_; ++i) {
    UPDRAFT_TRY(flash_.erase(offset_of(copy, 0) + i * kFlashSector, kFlashSector));
    flash_.yield();
  }
  return {};
}

Result<> SlotLedger::write_header(std::uint32_t copy) {
  Record record{};
  record[2] = static_cast<std::byte>(Kind::header);
  record[3] = static_cast<std::byte>(slot_);
  store_le32(record, 4, generation_ + 1);
  store_le32(record, 8, update_.begun_at);
  store_le32(record, 12, update_.doubtful_to);
  store_le32(record, 16, update_.payload_size);
  std::copy(update_.identity.begin(), update_.identity.end(), record.begin() + kIdentityOffset);
  record[kLayoutOffset] = std::byte{kLedgerLayout};
  return write(copy, 0, record);
}

// Clears all bits: neither a header nor blank.
void SlotLedger::void_header(std::uint32_t copy) {
  const Record zero{};
  (void)program_pages(flash_, offset_of(copy, 0), zero);
}

Result<> SlotLedger::write(std::uint32_t copy, std::uint32_t place, Record& record) {
  record[0] = std::byte{'U'};
  record[1] = std::byte{'L'};
  format::end_in_crc(record);
  UPDRAFT_TRY(program_pages(flash_, offset_of(copy, place), record));
  Record back;
  if (read(copy, place, back) && same_bytes(back, record)) return {};
  return fail(Code::flash, Where::journal, offset_of(copy, place));
}

bool SlotLedger::read(std::uint32_t copy, std::uint32_t place, Record& record) {
  return flash_.read(offset_of(copy, place), record).has_value();
}

bool SlotLedger::is_header(const Record& record) const {
  return is_sound(record) && record[2] == std::byte{static_cast<std::uint8_t>(Kind::header)} &&
         record[3] == std::byte{slot_} && record[kLayoutOffset] != std::byte{0};
}

bool SlotLedger::blank(std::uint32_t copy) {
  Record record;
  return read(copy, 0, record) && is_erased(record);
}

std::uint32_t SlotLedger::offset_of(std::uint32_t copy, std::uint32_t place) const {
  const std::uint32_t sector = first_ + (2u * slot_ + copy) * sectors_;
  return sector * kFlashSector + place * std::uint32_t{kLedgerRecordBytes};
}

std::uint32_t SlotLedger::places() const {
  return sectors_ * kFlashSector / std::uint32_t{kLedgerRecordBytes};
}

}  // namespace updraft::pipeline
