#include "engine/parts/part_receiver.hpp"

#include <algorithm>
#include <utility>

#include "engine/delta/decoder_end.hpp"
#include "engine/parts/kept.hpp"

namespace updraft::parts {

void PartReceiver::reset() {
  entered_ = false;
  low_ = 0;
  part_ = nullptr;
}

Result<> PartReceiver::begin(const Part& part, std::uint32_t floor, bool one_way) {
  part_ = &part;
  promised_.reset();
  taken_ = erased_to_ = 0;
  filled_ = 0;
  writing_ = patched_ = false;
  floor_ = floor;
  got_ = {.part = &part,
          .where = WhereKept::staged,
          .image = {},
          .size = 0,
          .digest = {},
          .one_way = one_way};
  check_.reset({part.kind, part.size(), part.fs_autosize});
  keeper_.hash().reset();
  way_ = part.is_pair() ? Way::copy : keeper_.goes_in_place(part) ? Way::in_place : Way::staged;
  copy_ = 0;
  if (way_ == Way::copy) {
    copy_ = keeper_.partition(part.label.view()) == part.copies[0] ? 1 : 0;
    got_.where = copy_ == 0 ? WhereKept::copy_0 : WhereKept::copy_1;
  }
  if (way_ == Way::in_place) got_.where = WhereKept::in_place;
  if (part.size() > kSparseBytes)
    return fail(Code::no_room, Where::slot, part.size(), kSparseBytes);
  if (way_ != Way::staged) return {};
  const Result<Slot> slot = boot_.update_slot();
  if (keeper_.staging() != nullptr) {
    got_.image.slot = Store::kStagingPart;
  } else if (slot) {
    got_.image.slot = slot->index;
  } else {
    return slot.error();
  }
  if (low_ == 0) low_ = keeper_.area_of(got_.image).size();
  const bool room = low_ > floor_ && low_ - floor_ >= 2 * kFlashSector;
  return room ? Result<>{}
              : fail(Code::no_room, Where::slot, 2 * kFlashSector, low_ - std::min(low_, floor_));
}

bool PartReceiver::leave_room(std::uint32_t bytes) {
  const bool in_slot = way_ == Way::staged && got_.image.slot != Store::kStagingPart;
  if (!in_slot || !promised_) return false;
  const std::uint64_t needed = align_up(promised_->bytes, kFlashSector) + kFlashSector;
  if (floor_ + bytes + needed > low_) return false;
  floor_ += bytes;
  return true;
}

Result<pipeline::PatchImages> PartReceiver::take_patch() {
  static_assert(kUnit == delta::kOutputBytes);
  const bool begun = writing_ || filled_ != 0 || taken_ != 0;
  if (way_ == Way::in_place || keeper_.slot_is_shared() || begun) {
    return fail(Code::alg_unsupported, Where::gate, 'U');
  }
  patched_ = true;
  Flash* const base = keeper_.partition(part_->label.view());
  return pipeline::PatchImages{.base = base, .target = &updater_.lend_writer()};
}

Result<> PartReceiver::push(Bytes chunk) {
  while (!chunk.empty()) {
    const Bytes part = at_most(chunk, kUnit - filled_);
    std::ranges::copy(part, unit_.begin() + static_cast<std::ptrdiff_t>(filled_));
    filled_ += part.size();
    chunk = chunk.subspan(part.size());
    if (filled_ == kUnit) UPDRAFT_TRY(take_unit());
  }
  return {};
}

// What is wanting to the unit is FF.
Result<> PartReceiver::take_unit() {
  const std::uint64_t end = std::uint64_t{taken_} + filled_;
  const std::uint32_t most = promised_ ? promised_->bytes : part_->size();
  if (end > most) return fail(Code::too_big, Where::slot, end, most);
  std::fill(unit_.begin() + static_cast<std::ptrdiff_t>(filled_), unit_.end(), std::byte{0xFF});
  UPDRAFT_TRY(check_.push(unit_));
  keeper_.hash().update(Bytes(unit_).first(filled_));
  got_.size += static_cast<std::uint32_t>(filled_);
  const bool stores_nothing = way_ == Way::staged && is_erased(unit_) && !patched_;
  if (!writing_ && !stores_nothing) UPDRAFT_TRY(enter());
  UPDRAFT_TRY(put(unit_));
  taken_ += kUnit;
  filled_ = 0;
  return {};
}

// The first change of this part.
Result<> PartReceiver::enter() {
  const bool gathers = patched_ || (way_ == Way::in_place && !without_writer());
  if (gathers) UPDRAFT_TRY(updater_.lend_writer().borrow_sector());
  writing_ = true;
  updater_.keep_session();
  if (way_ == Way::staged) {
    UPDRAFT_TRY(enter_slot());
    keeper_.store_writer().begin(keeper_.area_of(got_.image), floor_, low_, keeper_.max_erase());
  }
  if (patched_) enter_patched();
  if (way_ != Way::in_place) return {};
  if (!keeper_.events().on_unmount(part_->label.view())) {
    return fail(Code::part_busy, Where::slot);
  }
  mounted_ = true;
  UPDRAFT_TRY(keeper_.set_incomplete(*part_));
  ledger_.reset();
  ledger_room_.reset();
  if (without_writer()) return {};
  if (const std::optional<FlashWindow> room = keeper_.ledger_of(*part_, 0)) {
    ledger_.emplace(ledger_room_.emplace(*room), 0);
  }
  updater_.lend_writer().reset(
      target(),
      {.ledger = ledger_ ? &*ledger_ : nullptr, .slot = 0, .max_erase = keeper_.max_erase()});
  return {};
}

void PartReceiver::enter_patched() {
  Flash* to = part_->copies[copy_];
  if (way_ == Way::staged) {
    Flash& area = keeper_.area_of(got_.image);
    to = &store_flash_.emplace(keeper_.store_writer(), area, part_->size());
  }
  updater_.lend_writer().reset(*to, {.max_erase = keeper_.max_erase()});
}

// otadata forgets the app in the slot before anything in it changes.
Result<> PartReceiver::enter_slot() {
  if (entered_ || got_.image.slot == Store::kStagingPart) return {};
  entered_ = true;
  const Slot slot{.index = got_.image.slot, .label = {}};
  UPDRAFT_TRY(boot_.forget(slot));
  if (slot == boot_.running()) return fail(Code::no_room, Where::slot);
  if (!keeper_.slot_is_shared()) keeper_.doubt_slot(slot.index, updater_.lend_writer().scratch());
  return {};
}

Result<> PartReceiver::put(Bytes unit) {
  if (patched_) return updater_.lend_writer().push(unit);
  switch (way_) {
    case Way::staged:
      return writing_ ? keeper_.store_writer().write(taken_, unit) : Result<>{};
    case Way::copy:
      return put_plainly(unit);
    case Way::in_place:
      return without_writer() ? put_plainly(unit) : updater_.lend_writer().push(unit);
  }
  return {};
}

// What is there is not worth a look: nobody uses it, or all of it is written anew.
Result<> PartReceiver::put_plainly(Bytes unit) {
  Flash& flash = target();
  if (taken_ >= erased_to_) {
    const bool whole = taken_ % kFlashBlock == 0 && flash.size() - taken_ >= kFlashBlock;
    const std::uint32_t length =
        whole && keeper_.max_erase() >= kFlashBlock ? kFlashBlock : kFlashSector;
    flash.yield();
    UPDRAFT_TRY(flash.erase(taken_, length));
    flash.yield();
    erased_to_ = taken_ + length;
  }
  return is_blank(flash, unit) ? Result<>{} : program_pages(flash, taken_, unit);
}

Result<> PartReceiver::finish() {
  if (got_.size == 0 && filled_ == 0) return fail(Code::payload_missing, Where::link);
  if (filled_ > 0) UPDRAFT_TRY(take_unit());
  UPDRAFT_TRY(check_.finish());
  got_.digest = keeper_.hash().finish();
  UPDRAFT_TRY(judge_content());
  if (keeper_.was_refused(got_.digest)) return fail(Code::known_bad, Where::journal);
  const std::uint32_t rounded = static_cast<std::uint32_t>(align_up(taken_, kFlashSector));
  unit_.fill(std::byte{0xFF});
  const std::uint32_t end = way_ == Way::staged ? rounded : part_->size();
  for (; taken_ < end; taken_ += kUnit) UPDRAFT_TRY(put(unit_));
  UPDRAFT_TRY(close_way());
  UPDRAFT_TRY(read_back());
  return way_ == Way::staged ? keep_settings() : Result<>{};
}

// Below the store of the new content. What does not fit ends the update: the product was asked, and
// relies on it.
Result<> PartReceiver::keep_settings() {
  const std::string_view label = part_->label.view();
  StoreWriter& writer = keeper_.store_writer();
  crypto::Sha256& hash = keeper_.hash();
  std::uint32_t size = 0;
  while (size < kKeptBytes) {
    const MutableBytes room =
        MutableBytes(unit_).first(std::min<std::size_t>(kUnit, kKeptBytes - size));
    const std::size_t given = keeper_.events().on_replacing(label, size, room);
    if (given == 0) break;
    if (size == 0) {
      if (low_ <= floor_) return fail(Code::no_room, Where::slot, kFlashSector, 0);
      writer.begin(keeper_.area_of(got_.image), floor_, low_, keeper_.max_erase());
      hash.reset();
      hash.update(got_.digest);
    }
    UPDRAFT_TRY(keep_piece(room.first(std::min(given, room.size())), size));
    size += static_cast<std::uint32_t>(std::min(given, room.size()));
  }
  if (size == 0) return keep_nothing();
  UPDRAFT_TRY(writer.finish({part_->label, size, hash.finish()}));
  low_ = writer.low();
  return {};
}

// The same content may have been here before, with what was kept then.
Result<> PartReceiver::keep_nothing() {
  Flash& area = keeper_.area_of(got_.image);
  const Result<bool> stale = open_kept(area, low_, got_.digest, keeper_.hash(), store_);
  if (!stale) return stale.error();
  return *stale ? forget_kept(area, low_) : Result<>{};
}

Result<> PartReceiver::keep_piece(Bytes piece, std::uint32_t at) {
  keeper_.hash().update(piece);
  while (!piece.empty()) {
    const Bytes part = at_most(piece, kFlashSector - at % kFlashSector);
    UPDRAFT_TRY(keeper_.store_writer().write(at, part));
    at += static_cast<std::uint32_t>(part.size());
    piece = piece.subspan(part.size());
  }
  return {};
}

Result<> PartReceiver::judge_content() const {
  if (!promised_) return {};
  if (got_.size != promised_->bytes) {
    return fail(Code::size_mismatch, Where::image, got_.size, promised_->bytes);
  }
  const bool same = got_.digest == promised_->digest;
  return same ? Result<>{} : fail(Code::image_mismatch, Where::image);
}

Result<> PartReceiver::close_way() {
  if (patched_) UPDRAFT_TRY(updater_.lend_writer().finish());
  if (way_ == Way::copy || (way_ == Way::in_place && without_writer())) return {};
  if (way_ == Way::in_place) return updater_.lend_writer().finish();
  if (!writing_) UPDRAFT_TRY(enter());  // all of it was FF
  StoreWriter& writer = keeper_.store_writer();
  UPDRAFT_TRY(writer.finish({part_->label, got_.size, got_.digest}));
  low_ = writer.low();
  got_.image.head = writer.head();
  return store_.open(keeper_.area_of(got_.image), got_.image.head);
}

Result<> PartReceiver::read(std::uint32_t at, MutableBytes out) {
  return way_ == Way::staged ? store_.read(at, out) : target().read(at, out);
}

// From flash: its digest, and its format once more.
Result<> PartReceiver::read_back() {
  check_.reset({part_->kind, part_->size(), part_->fs_autosize});
  crypto::Sha256& hash = keeper_.hash();
  hash.reset();
  for (std::uint32_t at = 0; at < got_.size; at += kUnit) {
    UPDRAFT_TRY(read(at, unit_));
    UPDRAFT_TRY(check_.push(unit_));
    hash.update(Bytes(unit_).first(std::min<std::size_t>(kUnit, got_.size - at)));
  }
  const bool same = hash.finish() == got_.digest;
  if (way_ == Way::in_place) {
    if (!without_writer()) {
      same ? updater_.lend_writer().note_verified() : updater_.lend_writer().note_mismatch();
    }
  }
  return same ? Result<>{} : fail(Code::image_mismatch, Where::slot);
}

Result<> PartReceiver::settle() {
  if (way_ != Way::in_place) return {};
  if (ledger_room_) UPDRAFT_TRY(ledger_room_->erase(0, ledger_room_->size()));
  UPDRAFT_TRY(keeper_.set_whole_in_place(got_));
  abandon();
  return {};
}

void PartReceiver::abandon() {
  if (std::exchange(patched_, false)) {
    updater_.lend_writer().reset(*part_->copies[copy_], {});  // the store goes
    store_flash_.reset();
  }
  if (!mounted_) return;
  mounted_ = false;
  if (!without_writer()) updater_.lend_writer().reset(target(), {});  // the ledger goes
  keeper_.events().on_mount(part_->label.view(), keeper_.ready(part_->label.view()));
}

}  // namespace updraft::parts
