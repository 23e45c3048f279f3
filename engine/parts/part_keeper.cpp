// Whose data is whose: the rules of the record. part_copy.cpp moves the bytes.
#include "engine/parts/part_keeper.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"
#include "engine/format/image_in_flash.hpp"

namespace updraft::parts {
namespace {

bool uses(const Binding& binding, std::int8_t slot) {
  return binding.image.slot == slot || binding.saved.slot == slot;
}

void keep_only_in_place(Binding& binding, WhereKept where) {
  binding.where = where;
  binding.image = binding.saved = {};
}

bool is_copy(WhereKept where) { return where == WhereKept::copy_0 || where == WhereKept::copy_1; }

// Follows the segments of the image at the start of a slot.
Result<std::uint64_t> unpadded_end(Flash& slot) {
  std::array<std::byte, format::kImageHeaderBytes> bytes;
  UPDRAFT_TRY(slot.read(0, bytes));
  const Result<format::ImageHeader> header = format::parse_image_header(bytes);
  if (!header) return header.error();
  std::uint64_t end = format::kImageHeaderBytes;
  for (std::uint8_t i = 0; i < header->segment_count; ++i) {
    const MutableBytes field = MutableBytes(bytes).first(format::kSegmentHeaderBytes);
    if (!inside(end, field.size(), slot.size())) return fail(Code::malformed, Where::image);
    UPDRAFT_TRY(slot.read(static_cast<std::uint32_t>(end), field));
    end += format::kSegmentHeaderBytes + format::parse_segment_header(field).data_len;
  }
  return end;
}

}  // namespace

std::string_view name(PartState state) {
  constexpr std::string_view kNames[] = {"staged",     "copying", "ready",
                                         "incomplete", "waiting", "restored"};
  return kNames[static_cast<std::size_t>(state)];
}

Result<crypto::Sha256Digest> app_in(Flash& slot, crypto::Sha256& hash) {
  const Result<crypto::Sha256Digest> appended = format::appended_digest(slot);
  if (appended || appended.error().code == Code::flash) return appended;
  hash.reset();
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < kFlashSector; at += kFlashPage) {
    UPDRAFT_TRY(slot.read(at, page));
    hash.update(page);
  }
  return hash.finish();
}

std::uint32_t end_of_app(Flash& slot) {
  const Result<std::uint64_t> end = unpadded_end(slot);
  if (!end) return slot.size();
  const std::uint64_t image = format::checksum_end(*end) + format::kHashBytes;
  const std::uint64_t with_signature = align_up(image, kFlashSector) + kFlashSector;
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(with_signature, slot.size()));
}

const Part* PartKeeper::find(std::string_view label) const {
  for (const Part& part : own_.parts) {
    if (part.label.view() == label) return &part;
  }
  return nullptr;
}

bool PartKeeper::goes_in_place(const Part& part) const {
  return !part.is_pair() && (part.in_place || !own_.boot.running().has_record());
}

Flash& PartKeeper::area_of(const Store& store) const {
  if (store.slot == Store::kStagingPart && own_.staging != nullptr) return *own_.staging;
  return own_.boot.flash(Slot{.index = store.slot, .label = {}});
}

Result<> PartKeeper::start(pipeline::SlotWriter& writer) {
  UPDRAFT_TRY(own_.store.open());
  const Result<crypto::Sha256Digest> app = app_in(own_.boot.flash(own_.boot.running()), hash_);
  if (!app) return app.error();
  app_ = *app;
  started_ = true;
  if (on_trial() && record().starts >= kDataTrialStarts) UPDRAFT_TRY(give_up());
  BoundApp* const own = own_app();
  if (own == nullptr) return {};
  bool all = true;
  for (Binding& binding : own->all()) {
    const Result<bool> brought = bring(binding, writer);
    if (!brought) return brought.error();
    all = all && *brought;
  }
  if (!on_trial() || !all) return {};
  ++record().starts;
  return commit();
}

BoundApp* PartKeeper::own_app() {
  for (BoundApp& app : record().apps) {
    const bool here = app.slot == own_.boot.running().index && app.app == app_;
    if (app.exists() && here) return &app;
  }
  return nullptr;
}

Binding* PartKeeper::own_binding(std::string_view label) {
  BoundApp* const own = started_ ? own_app() : nullptr;
  return own != nullptr ? own->find(label) : nullptr;
}

// What the other app is bound to of the same label.
Binding* PartKeeper::other_binding(const Binding& now) {
  const BoundApp* const own = own_app();
  for (BoundApp& app : record().apps) {
    if (&app != own && app.exists()) return app.find(now.label.view());
  }
  return nullptr;
}

bool PartKeeper::is_held(const Binding& binding) const {
  if (is_copy(binding.where)) return true;
  const Holding held = record().held(binding.label.view());
  return held.content == Content::whole && held.generation == binding.generation;
}

bool PartKeeper::waits(const Binding& binding) const {
  const bool kept = binding.where == WhereKept::staged || binding.where == WhereKept::saved;
  return kept && !is_held(binding) && find(binding.label.view()) != nullptr;
}

bool PartKeeper::waits(std::string_view label) const {
  const Binding* const own = const_cast<PartKeeper*>(this)->own_binding(label);
  return own != nullptr && waits(*own);
}

bool PartKeeper::any_waits() const {
  const auto waits_here = [this](const Part& part) { return waits(part.label.view()); };
  return std::ranges::any_of(own_.parts, waits_here);
}

void PartKeeper::tell_waiting(std::string_view label) {
  if (const Binding* const own = own_binding(label)) tell(*own, PartState::waiting);
}

Result<bool> PartKeeper::bring(std::string_view label, pipeline::SlotWriter& writer) {
  Binding* const own = own_binding(label);
  return own != nullptr ? bring(*own, writer) : Result<bool>(false);
}

bool PartKeeper::ready(std::string_view label) const {
  if (!started_ || find(label) == nullptr) return false;
  if (const BoundApp* const own = own_app()) {
    for (const Binding& binding : own->all()) {
      if (binding.label.view() == label) return is_held(binding);
    }
  }
  return record().held(label).content == Content::whole;
}

Flash* PartKeeper::partition(std::string_view label) const {
  const Part* const part = find(label);
  if (part == nullptr) return nullptr;
  std::size_t copy = 0;
  if (const BoundApp* const own = own_app(); own != nullptr && part->is_pair()) {
    for (const Binding& binding : own->all()) {
      if (binding.label.view() == label && binding.where == WhereKept::copy_1) copy = 1;
    }
  }
  return part->copies[copy];
}

// What could not be written does not hold.
Result<> PartKeeper::commit() {
  const Result<> written = own_.store.write();
  if (!written) (void)own_.store.open();
  return written;
}

Result<> PartKeeper::confirm() {
  BoundApp* const own = own_app();
  bool changed = on_trial();
  for (BoundApp& app : record().apps) {
    if (&app == own || !app.exists()) continue;
    if (on_trial()) {
      app = {};
      continue;
    }
    for (Binding& binding : app.all()) {
      if (binding.where != WhereKept::saved) continue;
      keep_only_in_place(binding, WhereKept::gone);
      changed = true;
    }
  }
  record().on_trial = false;
  record().starts = 0;
  return changed ? commit() : Result<>{};
}

Result<> PartKeeper::give_up() {
  if (!on_trial()) return fail(Code::not_pending, Where::journal);
  for (const Binding& tried : record().apps[0].all()) {
    const Binding* const before = record().apps[1].find(tried.label.view());
    const bool came = before == nullptr || before->generation != tried.generation;
    if (came) record().bad = tried.digest;
  }
  record().apps[0] = record().apps[1];
  record().apps[1] = {};
  record().on_trial = false;
  record().starts = 0;
  return commit();
}

bool PartKeeper::is_bound(const crypto::Sha256Digest& data) const {
  const BoundApp* const own = own_app();
  if (own == nullptr) return false;
  const auto same = [this, &data](const Binding& each) {
    const bool whole = each.where != WhereKept::in_place || is_held(each);
    return whole && same_bytes(each.digest, data);
  };
  return std::ranges::any_of(own->all(), same);
}

bool PartKeeper::was_refused(const crypto::Sha256Digest& data) const {
  return same_bytes(record().bad, data);
}

// What is in its place needs no other.
void PartKeeper::settle(BoundApp& app) const {
  for (Binding& binding : app.all()) {
    if (!is_copy(binding.where) && is_held(binding)) {
      keep_only_in_place(binding, WhereKept::in_place);
    }
  }
}

void PartKeeper::release(BoundApp& app, std::int8_t slot, bool& changed) const {
  for (Binding& binding : app.all()) {
    if (!uses(binding, slot)) continue;
    keep_only_in_place(binding, is_held(binding) ? WhereKept::in_place : WhereKept::gone);
    changed = true;
  }
}

Result<> PartKeeper::leave_slot(const Slot& slot) {
  // Without its record a device still takes apps; what they then miss is not ready.
  if (!started_) return {};
  BoundApp* const own = own_app();
  const auto needed = [&](const Binding& b) { return uses(b, slot.index) && !is_held(b); };
  if (own != nullptr && std::ranges::any_of(own->all(), needed)) {
    return fail(Code::part_busy, Where::slot);
  }
  bool changed = false;
  for (BoundApp& app : record().apps) {
    if (!app.exists()) continue;
    if (&app != own && app.slot == slot.index) {
      app = {};
      changed = true;
    } else {
      release(app, slot.index, changed);
    }
  }
  if (changed) UPDRAFT_TRY(commit());
  bound_ = false;
  const std::uint32_t size = own_.boot.flash(slot).size();
  if (shared_ && own_.slots != nullptr && own_.slots->doubtful_to() < size) {
    own_.slots->begin({.doubtful_to = size});
  }
  return {};
}

void PartKeeper::doubt_slot(std::int8_t slot, MutableBytes scratch) {
  if (slot < 0 || own_.slots == nullptr) return;
  const std::uint32_t size = own_.boot.flash(Slot{.index = slot, .label = {}}).size();
  own_.slots->open(static_cast<std::uint8_t>(slot), size, scratch);
  if (own_.slots->doubtful_to() < size) own_.slots->begin({.doubtful_to = size});
}

// What comes with nothing new keeps what there is.
BoundApp PartKeeper::inherited(const BoundApp& from) const {
  BoundApp made = from;
  for (Binding& binding : made.all()) {
    binding.one_way = false;
    if (is_copy(binding.where)) continue;
    keep_only_in_place(binding, is_held(binding) ? WhereKept::in_place : WhereKept::gone);
  }
  return made;
}

BoundApp PartKeeper::bound_now() const {
  if (const BoundApp* const own = own_app()) return *own;
  BoundApp made;
  made.app = app_;
  made.slot = own_.boot.running().index;
  return made;
}

Result<> PartKeeper::bind_choice(const Slot& slot) {
  if (bound_) {
    bound_ = false;
    return {};
  }
  const BoundApp* const own = started_ ? own_app() : nullptr;
  if (own == nullptr || own->count == 0 || !slot.has_record()) return {};
  const Result<crypto::Sha256Digest> app = app_in(own_.boot.flash(slot), hash_);
  if (!app) return app.error();
  BoundApp now = inherited(*own);
  now.app = *app;
  now.slot = slot.index;
  return bind(now, {});
}

Result<> PartKeeper::bind_app(const Slot& slot, std::span<const Received> parts) {
  const Result<crypto::Sha256Digest> app = app_in(own_.boot.flash(slot), hash_);
  if (!app) return app.error();
  BoundApp now = inherited(bound_now());
  now.app = *app;
  now.slot = slot.index;
  UPDRAFT_TRY(bind(now, parts));
  bound_ = true;
  return {};
}

Result<> PartKeeper::bind_data(std::span<const Received> parts) {
  return bind(inherited(bound_now()), parts);
}

Result<> PartKeeper::bind(BoundApp now, std::span<const Received> parts) {
  BoundApp old = bound_now();
  settle(old);
  const Failure full = fail(Code::no_room, Where::journal);
  for (const Received& one : parts) {
    const std::string_view label = one.part->label.view();
    if (old.find(label) == nullptr) {
      Binding* const before = old.bind(label);
      if (before == nullptr) return full;
      const Holding held = record().held(label);
      before->generation = held.generation;
      before->where = one.part->is_pair()              ? WhereKept::copy_0
                      : held.content == Content::whole ? WhereKept::in_place
                                                       : WhereKept::gone;
    }
    Binding* const made = now.bind(label);
    if (made == nullptr) return full;
    const bool there = one.where == WhereKept::in_place;
    *made = {.label = one.part->label,
             .generation = there ? record().held(label).generation : record().next_generation++,
             .where = one.where,
             .one_way = one.one_way,
             .size = one.size,
             .digest = one.digest,
             .image = one.image,
             .saved = {}};
  }
  record().on_trial = now.slot == old.slot;  // the same app, with other data
  record().starts = 0;
  record().apps = {now, old};
  return commit();
}

Result<> PartKeeper::set_incomplete(const Part& part) {
  Holding held = record().held(part.label.view());
  held.content = Content::incomplete;
  UPDRAFT_TRY(record().set_held(held));
  return commit();
}

Result<> PartKeeper::set_whole_in_place(const Received& one) {
  const std::uint32_t generation = record().next_generation++;
  const std::string_view label = one.part->label.view();
  BoundApp own = bound_now();
  Binding* const binding = own.bind(label);
  if (binding == nullptr) return fail(Code::no_room, Where::journal, kParts + 1, kParts);
  *binding = {.label = one.part->label,
              .generation = generation,
              .where = WhereKept::in_place,
              .one_way = false,
              .size = one.size,
              .digest = one.digest,
              .image = {},
              .saved = {}};
  BoundApp* place = own_app();
  if (place == nullptr) place = &record().apps[record().apps[0].exists() ? 1 : 0];
  *place = own;
  UPDRAFT_TRY(record().set_held({one.part->label, generation, Content::whole}));
  return commit();
}

void PartKeeper::tell(const Binding& binding, PartState state) {
  events_.on_part({binding.label.view(), state, binding.digest, binding.size});
}

}  // namespace updraft::parts
