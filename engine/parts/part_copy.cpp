// Brings content to its partition, and saves what it replaces.
#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/parts/kept.hpp"
#include "engine/parts/part_keeper.hpp"

namespace updraft::parts {
namespace {

using Page = std::array<std::byte, kFlashPage>;

// What a partition is to hold: an image, or what was there before it.
class Source {
 public:
  Result<> open(PartKeeper& keeper, const Binding& from) {
    UPDRAFT_TRY(image_.open(keeper.area_of(from.image), from.image.head));
    restores_ = from.where == WhereKept::saved;
    if (!restores_) return {};
    return saved_.open(keeper.area_of(from.saved), from.saved.head);
  }
  Result<> read(std::uint32_t offset, MutableBytes out) {
    if (restores_) {
      const Result<bool> kept = saved_.says(offset / kFlashSector);
      if (!kept) return kept.error();
      if (*kept) return saved_.read(offset, out);
    }
    return image_.read(offset, out);
  }

 private:
  StoreReader image_, saved_;
  bool restores_ = false;
};

// The writer's sector, for the time of a copy.
class Sector {
 public:
  explicit Sector(pipeline::SlotWriter& writer)
      : writer_(writer), is_here_(writer.borrow_sector()) {}
  ~Sector() { writer_.return_sector(); }
  Sector(const Sector&) = delete;
  Sector& operator=(const Sector&) = delete;
  explicit operator bool() const { return is_here_; }

 private:
  pipeline::SlotWriter& writer_;
  bool is_here_;
};

}  // namespace

Result<bool> PartKeeper::bring(Binding& now, pipeline::SlotWriter& writer) {
  const Part* const part = find(now.label.view());
  if (part == nullptr) return false;
  if (is_held(now)) return true;
  const Holding held = record().held(now.label.view());
  const bool may = !now.one_way || own_.boot.running_state() != OtaState::pending_verify;
  const bool kept = now.where == WhereKept::staged || now.where == WhereKept::saved;
  if (!kept || !may) {
    tell(now, held.content == Content::incomplete ? PartState::incomplete : PartState::waiting);
    return false;
  }
  const Sector sector(writer);
  if (!sector) {  // nothing is noted yet: what stands there stays what it was
    tell(now, PartState::waiting);
    return false;
  }
  Binding* const old = now.where == WhereKept::staged ? other_binding(now) : nullptr;
  const bool holds_old = old != nullptr && held.content == Content::whole && is_held(*old);
  if (holds_old && now.one_way) {
    *old = now;  // an app that comes back keeps the new data
    old->where = WhereKept::in_place;
  } else if (holds_old && !on_trial() && own_.boot.running_state() != OtaState::pending_verify) {
    old->where = WhereKept::gone;  // what is confirmed does not go back
    old->image = old->saved = {};
  } else if (holds_old) {
    if (const Result<> saved = save(*part, *old, now, writer.scratch()); !saved) {
      if (saved.error().code == Code::flash) return saved.error();
      tell(now, PartState::waiting);
      return false;
    }
  }
  UPDRAFT_TRY(record().set_held({now.label, now.generation, Content::mixed}));
  UPDRAFT_TRY(commit());
  tell(now, PartState::copying);
  if (const Result<> copied = copy(*part, now, writer); !copied) {
    if (copied.error().code == Code::flash) return copied.error();
    tell(now, PartState::waiting);
    return false;
  }
  const bool restored = now.where == WhereKept::saved;
  if (restored) {
    now.where = WhereKept::in_place;
    now.image = now.saved = {};
  }
  UPDRAFT_TRY(record().set_held({now.label, now.generation, Content::whole}));
  UPDRAFT_TRY(commit());
  tell(now, restored ? PartState::restored : PartState::ready);
  return true;
}

// The content of the sectors that will change, behind the app that may come back; for data without
// an app, below the new image.
Result<> PartKeeper::save(const Part& part, Binding& old, const Binding& now,
                          MutableBytes scratch) {
  const Slot running = own_.boot.running();
  std::int8_t slot = now.image.slot;
  for (const BoundApp& app : record().apps) {
    if (app.exists() && app.slot != running.index) slot = app.slot;
  }
  const bool behind_app = slot != now.image.slot;
  const bool known = slot >= 0 || slot == Store::kStagingPart;
  const Failure full = fail(Code::no_room, Where::slot);
  if (!known || slot == running.index) return full;
  old.saved = {};  // of a try that was cut off before the copy began
  Flash& area = area_of({slot, 0});
  const Result<std::uint32_t> top = lowest_store(slot);
  if (!top) return top.error();
  const std::uint32_t floor = behind_app ? end_of_app(area) : 0;
  if (*top < floor + kFlashSector) return full;
  doubt_slot(slot, scratch);
  StoreReader next;
  UPDRAFT_TRY(next.open(area_of(now.image), now.image.head));
  writer_.begin(area, floor, *top, own_.max_erase);
  hash_.reset();
  for (std::uint32_t at = 0; at < part.size(); at += kFlashSector) {
    UPDRAFT_TRY(save_sector(part, next, at));
  }
  old.size = part.size();
  old.digest = hash_.finish();
  UPDRAFT_TRY(writer_.finish({old.label, old.size, old.digest}));
  old.saved = {slot, writer_.head()};
  old.image = now.image;
  old.where = WhereKept::saved;
  return commit();
}

// What the sector that is there will lose.
Result<PartKeeper::Change> PartKeeper::change_of(const Part& part, StoreReader& next,
                                                 std::uint32_t at, bool hashed) {
  Flash& flash = *part.copies[0];
  Page page, wanted;
  bool differs = false, blank = true;
  for (std::uint32_t i = 0; i < kFlashSector; i += kFlashPage) {
    UPDRAFT_TRY(flash.read(at + i, page));
    UPDRAFT_TRY(next.read(at + i, wanted));
    differs = differs || !same_bytes(page, wanted);
    blank = blank && is_erased(page);
    if (hashed) hash_.update(page);
  }
  flash.yield();
  if (!differs) return Change::none;
  return blank ? Change::of_blank : Change::of_content;
}

Result<> PartKeeper::save_sector(const Part& part, StoreReader& next, std::uint32_t at) {
  const Result<Change> change = change_of(part, next, at, true);
  if (!change) return change.error();
  if (*change == Change::of_blank) return writer_.mark_blank(at / kFlashSector);
  if (*change == Change::none) return {};
  Page page;
  for (std::uint32_t i = 0; i < kFlashSector; i += kFlashPage) {
    UPDRAFT_TRY(part.copies[0]->read(at + i, page));
    UPDRAFT_TRY(writer_.write(at + i, page));
  }
  return {};
}

Result<std::uint32_t> PartKeeper::bytes_to_save(const Part& part, const Store& image) {
  StoreReader next;
  UPDRAFT_TRY(next.open(area_of(image), image.head));
  std::uint32_t sectors = 1;  // its head
  for (std::uint32_t at = 0; at < part.size(); at += kFlashSector) {
    const Result<Change> change = change_of(part, next, at, false);
    if (!change) return change.error();
    sectors += *change == Change::of_content ? 1 : 0;
  }
  return sectors * kFlashSector;
}

std::uint32_t PartKeeper::room_behind_running() const {
  const Slot running = own_.boot.running();
  if (!running.has_record()) return 0;
  Flash& slot = own_.boot.flash(running);
  return slot.size() - end_of_app(slot);
}

// Where what is stored in that slot begins.
Result<std::uint32_t> PartKeeper::lowest_store(std::int8_t slot) {
  Flash& area = area_of({slot, 0});
  std::uint32_t low = area.size();
  StoreReader store;
  for (BoundApp& app : record().apps) {
    for (const Binding& binding : app.all()) {
      for (const Store& one : {binding.image, binding.saved}) {
        if (one.slot != slot) continue;
        const Result<> opened = store.open(area, one.head);
        if (!opened && opened.error().code == Code::flash) return opened.error();
        if (!opened) continue;
        const Result<std::uint32_t> below = below_kept(area, store.low());
        if (!below) return below;
        low = std::min(low, *below);
      }
    }
  }
  return low;
}

// What a product keeps stands there, or a store of somebody else, whose own place is known as well.
Result<std::uint32_t> PartKeeper::below_kept(Flash& area, std::uint32_t low) {
  const std::optional<std::uint32_t> head = kept_head(low);
  StoreReader kept;
  if (!head) return low;
  const Result<> opened = kept.open(area, *head);
  if (!opened && opened.error().code == Code::flash) return opened.error();
  return opened && kept.image().size <= kKeptBytes ? kept.low() : low;
}

Result<> PartKeeper::hand_back() {
  const BoundApp* const own = started_ ? own_app() : nullptr;
  if (own == nullptr) return {};
  for (const Binding& binding : own->all()) {
    const bool came = binding.where == WhereKept::staged && is_held(binding);
    if (came) UPDRAFT_TRY(hand_back(binding));
  }
  return {};
}

Result<> PartKeeper::hand_back(const Binding& binding) {
  Flash& area = area_of(binding.image);
  StoreReader store, kept;
  const Result<> opened = store.open(area, binding.image.head);
  if (!opened) return opened.error().code == Code::flash ? opened : Result<>{};
  const std::uint32_t low = store.low();
  const Result<bool> there = open_kept(area, low, binding.digest, hash_, kept);
  if (!there) return there.error();
  if (!*there) return {};
  const std::string_view label = binding.label.view();
  Page page;
  const std::uint32_t size = kept.image().size;
  for (std::uint32_t at = 0; at < size; at += kFlashPage) {
    const MutableBytes piece =
        MutableBytes(page).first(std::min<std::size_t>(page.size(), size - at));
    UPDRAFT_TRY(kept.read(at, piece));
    if (!events_.on_replaced(label, at, piece)) return {};
  }
  return events_.on_replaced(label, size, {}) ? forget_kept(area, low) : Result<>{};
}

std::optional<FlashWindow> PartKeeper::ledger_of(const Part& part, std::size_t copy) const {
  if (own_.ledgers == nullptr) return std::nullopt;
  std::uint32_t at = 0;
  for (const Part& one : own_.parts) {
    const std::uint32_t bytes = 2 * pipeline::ledger_sectors(one.size()) * kFlashSector;
    for (std::size_t i = 0; i < 2 && one.copies[i] != nullptr; ++i, at += bytes) {
      if (!inside(at, bytes, own_.ledgers->size())) return std::nullopt;
      if (&one == &part && i == copy) return FlashWindow(*own_.ledgers, at, bytes);
    }
  }
  return std::nullopt;
}

Result<> PartKeeper::copy(const Part& part, const Binding& from, pipeline::SlotWriter& writer) {
  std::optional<FlashWindow> room = ledger_of(part, 0);
  std::optional<pipeline::SlotLedger> ledger;
  if (room) ledger.emplace(*room, 0);
  writer.reset(*part.copies[0],
               {.ledger = ledger ? &*ledger : nullptr, .slot = 0, .max_erase = own_.max_erase});
  Result<> done = write_all(part, from, writer);
  if (done) done = read_back(*part.copies[0], from);
  if (!done) {
    writer.note_mismatch();
  } else if (room && ledger->state() != pipeline::SlotLedger::State::untouched) {
    // From here on the product writes there: nothing that was noted holds, and all reads do.
    done = room->erase(0, room->size());
  }
  writer.reset(*part.copies[0], {});  // the ledger goes
  return done;
}

Result<> PartKeeper::write_all(const Part& part, const Binding& from,
                               pipeline::SlotWriter& writer) {
  Source content;
  UPDRAFT_TRY(content.open(*this, from));
  writer.announce(part.size());
  Page page;
  for (std::uint32_t at = 0; at < part.size(); at += kFlashPage) {
    UPDRAFT_TRY(content.read(at, page));
    UPDRAFT_TRY(writer.push(page));
  }
  return writer.finish();
}

Result<> PartKeeper::read_back(Flash& flash, const Binding& wanted) {
  hash_.reset();
  Page page;
  for (std::uint32_t at = 0; at < wanted.size; at += kFlashPage) {
    const MutableBytes part =
        MutableBytes(page).first(std::min<std::size_t>(page.size(), wanted.size - at));
    UPDRAFT_TRY(flash.read(at, part));
    hash_.update(part);
  }
  if (hash_.finish() == wanted.digest) return {};
  return fail(Code::image_mismatch, Where::slot);
}

}  // namespace updraft::parts
