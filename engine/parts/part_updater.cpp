#include "engine/parts/part_updater.hpp"

#include <utility>

#include "engine/parts/signed_data.hpp"
#include "engine/update/signing.hpp"

namespace updraft::parts {

// What signed updates wait for may be data, of which nobody knew before.
Result<> PartUpdater::prepare() {
  const Result<> started = keeper_.start(updater_.lend_writer());
  settle_signing();
  return started;
}

Result<bool> PartUpdater::bring_now(std::string_view label) {
  const Part* const part = keeper_.find(label);
  if (part == nullptr) return fail(Code::no_partition, Where::gate);
  if (updater_.in_session()) return fail(Code::busy, Where::device);
  if (part->is_pair() || keeper_.waits(label)) {
    if (!keeper_.events().on_unmount(label)) {
      keeper_.tell_waiting(label);
      return false;
    }
    const Result<bool> brought = bring_while_unmounted(*part);
    if (!brought || !*brought) return brought;
    UPDRAFT_TRY(keeper_.hand_back());
  }
  if (data_alone_ && !keeper_.any_waits()) updater_.need_no_restart();
  return keeper_.ready(label);
}

// While the product was asked somebody else may have begun, or given the data up.
Result<bool> PartUpdater::bring_while_unmounted(const Part& part) {
  const std::string_view label = part.label.view();
  Result<bool> brought = keeper_.ready(label);
  if (updater_.in_session()) {
    brought = fail(Code::busy, Where::device);
  } else if (keeper_.waits(label)) {
    brought = keeper_.bring(label, updater_.lend_writer());
  }
  keeper_.events().on_mount(label, keeper_.is_whole(label));
  return brought;
}

void PartUpdater::close_data(Trust trust, std::size_t parts) {
  updater_.close_session(trust, parts, true);
  data_alone_ = true;
}

void PartUpdater::settle_signing() {
  if (policy_.signing != nullptr) policy_.signing->settle();
}

Result<> PartUpdater::may_take(const Part& part) const {
  if (!part.target) return fail(Code::wrong_target, Where::gate);
  if (keeper_.on_trial()) return fail(Code::pending_confirm, Where::journal);
  if (!keeper_.events().may_write(part.label.view())) return fail(Code::not_now, Where::device);
  return {};
}

Result<std::uint8_t> PartUpdater::find_target(std::string_view name) const {
  if (name == kRescueName && rescue_.room() != 0) return kRescue;
  return parts::find_target(keeper_.parts(), name);
}

Result<> PartUpdater::welcome(const Offer& offer) {
  Offer asked = sized(offer);
  if (offer.target != kApp) {
    const Result<> may = offer.target == kRescue ? may_begin_rescue(offer)
                                                 : may_take(keeper_.parts()[offer.target - 1u]);
    if (!may) {
      never_began(offer.scheme, may.error());
      return may;
    }
    asked.size = 0;  // that of the slot is not asked
  }
  return updater_.welcome(asked);
}

Result<> PartUpdater::begin(const Offer& offer) {
  if (offer.target == kApp) {
    if (!keeper_.on_trial()) return begin_app(offer);
    const Error why = fail(Code::pending_confirm, Where::journal);
    never_began(offer.scheme, why);
    return why;
  }
  if (offer.target == kRescue) return begin_rescue(offer);
  const Part& part = keeper_.parts()[offer.target - 1u];
  // The product is asked before there is a session: another one may begin while it thinks.
  if (const Result<> may = may_take(part); !may) {
    never_began(offer.scheme, may.error());
    return may;
  }
  UPDRAFT_TRY(updater_.open_session(offer));
  alone_ = true;
  offer_ = offer;
  taken_ = 0;
  begin_package(offer.one_way);
  trust_ = judge_files(policy_, offer);
  const Result<> begun = trust_ ? start_part(part, offer) : Result<>(trust_.error());
  return begun ? begun : end(begun.error());
}

// Another session that was at work goes on where this one is refused.
Result<> PartUpdater::begin_app(const Offer& offer) {
  UPDRAFT_TRY(updater_.begin(sized(offer)));
  if (signed_ == nullptr) return {};
  end_signed();
  signed_->begin(offer);
  return {};
}

Result<> PartUpdater::may_begin_rescue(const Offer& offer) const {
  UPDRAFT_TRY(rescue_.judge_unsigned(offer));
  return may_write_rescue();
}

Result<> PartUpdater::may_write_rescue() const {
  if (keeper_.on_trial()) return fail(Code::pending_confirm, Where::journal);
  if (!keeper_.events().may_write(kRescueName)) return fail(Code::not_now, Where::device);
  return {};
}

// What may be as large as its partition is not asked for the app's slot.
Result<> PartUpdater::begin_rescue(const Offer& offer) {
  if (const Result<> may = may_begin_rescue(offer); !may) {
    never_began(offer.scheme, may.error());
    return may;
  }
  Offer asked = offer;
  asked.beside = rescue_.room();
  UPDRAFT_TRY(updater_.begin(asked));
  end_signed();
  return rescue_.enter({}, false);
}

// A package may be larger than the slot: its head says what of it is data.
Offer PartUpdater::sized(Offer offer) const {
  const bool may_bring_data = signed_ != nullptr && offer.target == kApp && takes_packages(policy_);
  if (!may_bring_data) return offer;
  for (const Part& part : keeper_.parts()) offer.beside += part.size();
  return offer;
}

Result<> PartUpdater::start_part(const Part& part, const Offer& offer) {
  const std::uint64_t most = part.size() + updater_.overhead();
  if (offer.size > most) return fail(Code::too_big, Where::slot, offer.size, part.size());
  if (count_ == received_.size()) return fail(Code::no_room, Where::gate, count_ + 1, count_);
  const std::uint32_t floor =
      with_app_ && updater_.state() != UpdateState::idle ? updater_.lend_writer().written() : 0;
  front_.reset(offer, part.size());
  return receiver_.begin(part, static_cast<std::uint32_t>(align_up(floor, kFlashSector)), one_way_);
}

Result<> PartUpdater::write(Bytes bytes) {
  if (!alone_) {
    const Result<> written = updater_.write(bytes);
    if (!written && !updater_.in_session()) end_signed();
    return written;
  }
  taken_ += bytes.size();
  if (const Result<> pushed = front_.push(bytes); !pushed) return end(pushed.error());
  updater_.tell_progress(taken_, offer_.size);
  return {};
}

Result<std::uint64_t> PartUpdater::resume_at(std::uint64_t at) {
  return alone_ ? Result<std::uint64_t>(at) : updater_.resume_at(at);
}

Result<Taken> PartUpdater::finish_app(PayloadEnd ended) {
  if (signed_ != nullptr && signed_->brings_data()) return signed_->finish(ended);
  if (!rescue_.entered()) return updater_.finish(ended);
  const Result<Taken> taken = rescue_.finish();
  return taken ? taken : give_up(taken.error(), ended);
}

Result<Taken> PartUpdater::give_up(const Error& cause, PayloadEnd ended) {
  Error why = cause;
  if (why.code == Code::no_session) return why;
  const bool incomplete = why.code == Code::size_mismatch;
  if (incomplete && ended == PayloadEnd::silence) why.code = Code::timeout;
  updater_.abort(why);
  return why;
}

Result<Taken> PartUpdater::finish(PayloadEnd ended) {
  if (!alone_) {
    const Result<Taken> taken = finish_app(ended);
    end_signed();
    return taken;
  }
  const bool short_of = offer_.size != 0 && taken_ < offer_.size;
  Result<> done = short_of ? Result<>(fail(Code::size_mismatch, Where::link, taken_, offer_.size))
                           : close_part();
  if (done) done = bind_data();
  if (!done) return end(done.error()).error();
  drop_package();
  close_data(*trust_, count_);
  return Taken::installed;
}

void PartUpdater::abort(const Error& why) {
  if (alone_) return (void)end(why);
  updater_.abort(why);
  end_signed();
}

// What a package brought, and was not bound, is given up with its session.
void PartUpdater::end_signed() {
  rescue_.leave();
  if (signed_ == nullptr) return;
  if (signed_->brings_data()) drop_package();
  signed_->end();
}

Result<> PartUpdater::end(const Error& why) {
  drop_package();
  updater_.abort(why);
  return why;
}

Result<> PartUpdater::confirm() {
  if (updater_.pending()) return updater_.confirm();
  if (!keeper_.on_trial()) return fail(Code::not_pending, Where::boot);
  if (updater_.waits_for_restart()) return fail(Code::busy, Where::device);
  UPDRAFT_TRY(keeper_.confirm());
  updater_.tell_confirmed();
  settle_signing();
  return {};
}

// After the restart the old data comes back.
Result<> PartUpdater::roll_back(RolledBack why) {
  return !updater_.pending() && keeper_.on_trial() ? keeper_.give_up() : updater_.roll_back(why);
}

void PartUpdater::begin_package(bool one_way) {
  if (signed_ != nullptr) signed_->end();
  start_package(one_way);
}

void PartUpdater::start_package(bool one_way) {
  receiver_.reset();
  count_ = 0;
  with_app_ = false;
  data_alone_ = false;
  one_way_ = one_way;
}

Result<> PartUpdater::expect(std::string_view label, std::uint64_t size) {
  const Part* const part = keeper_.find(label);
  if (part == nullptr) return fail(Code::no_partition, Where::gate);
  UPDRAFT_TRY(may_take(*part));
  if (size > part->size() + updater_.overhead()) {
    return fail(Code::too_big, Where::slot, size, part->size());
  }
  return {};
}

Result<> PartUpdater::open(std::string_view label, const Offer& offer) {
  const Part* const part = keeper_.find(label);
  if (part == nullptr) return fail(Code::no_partition, Where::gate);
  // Beside a rescue app there is no other place, and nothing that the data could be taken from.
  const bool other_place = keeper_.boot().running().has_record();
  if (keeper_.goes_in_place(*part) && with_app_ && other_place) {
    return fail(Code::wrong_target, Where::gate);
  }
  keeper_.share_slot(with_app_);
  return start_part(*part, offer);
}

Result<> PartUpdater::open_promised(std::string_view label, std::uint64_t transfer,
                                    const Promised& content) {
  UPDRAFT_TRY(open(label, {.size = transfer}));
  receiver_.promise(content);
  return {};
}

Result<> PartUpdater::give_up_slot() {
  const Result<Slot> slot = bound_.update_slot();
  if (!slot) return slot.error();
  return bound_.forget(*slot);
}

Result<> PartUpdater::verify_part() {
  UPDRAFT_TRY(front_.finish());
  front_.give_back();
  return {};
}

Result<> PartUpdater::settle_part() {
  UPDRAFT_TRY(receiver_.settle());
  received_[count_++] = receiver_.received();
  return {};
}

Result<> PartUpdater::close_part() {
  UPDRAFT_TRY(verify_part());
  return settle_part();
}

// Whether all that the parts replace can be kept for the way back.
Result<> PartUpdater::check_way_back(bool with_app) {
  std::uint64_t needed = 0;
  bool staged = false;
  for (std::size_t i = 0; i < count_; ++i) {
    const Received& one = received_[i];
    if (one.where != WhereKept::staged || one.one_way) continue;
    staged = true;
    const Result<std::uint32_t> bytes = keeper_.bytes_to_save(*one.part, one.image);
    if (!bytes) return bytes.error();
    needed += *bytes;
  }
  const std::uint32_t room = with_app ? keeper_.room_behind_running() : receiver_.low();
  if (!staged || needed <= room) return {};
  return fail(Code::no_room, Where::slot, needed, room, Reason::no_way_back);
}

Result<> PartUpdater::bind_app() {
  const std::uint64_t end = align_up(updater_.lend_writer().written(), kFlashSector);
  if (receiver_.entered() && end > receiver_.low()) {
    return fail(Code::no_room, Where::slot, end, receiver_.low());
  }
  UPDRAFT_TRY(check_way_back(true));
  UPDRAFT_TRY(keeper_.bind_app(updater_.target(), std::span(received_).first(count_)));
  tell();
  return {};
}

// What was received in place is there already, and bound.
Result<> PartUpdater::bind_data() {
  std::size_t bound = 0;
  for (std::size_t i = 0; i < count_; ++i) {
    if (received_[i].where != WhereKept::in_place) std::swap(received_[bound++], received_[i]);
  }
  const std::size_t all = std::exchange(count_, bound);
  Result<> done = check_way_back(false);
  if (done && bound != 0) done = keeper_.bind_data(std::span(received_).first(bound));
  count_ = all;
  if (done) tell();
  return done;
}

void PartUpdater::tell() {
  for (const Received& one : std::span(received_).first(count_)) {
    const bool there = one.where == WhereKept::in_place;
    keeper_.events().on_part({one.part->label.view(), there ? PartState::ready : PartState::staged,
                              one.digest, one.size});
  }
}

void PartUpdater::drop_package() {
  front_.give_back();
  receiver_.abandon();
  keeper_.share_slot(false);
  alone_ = false;
}

}  // namespace updraft::parts
