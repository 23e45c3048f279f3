#include "updraft/updater.hpp"

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/image_in_flash.hpp"
#include "engine/update/downgrade.hpp"
#include "engine/update/head_name.hpp"
#include "engine/update/signing.hpp"
#include "engine/update/update_table.hpp"

namespace updraft {

std::string_view name(UpdateState state) {
  constexpr std::string_view kNames[] = {"idle", "judging", "writing", "verifying", "installed"};
  return kNames[static_cast<std::size_t>(state)];
}

Result<> LeanUpdater::start(StartedBy cause) {
  const Result<> opened = memory_ != nullptr ? memory_->open() : Result<>{};
  const std::optional<RejectedSlot> rejected = boot_.rejected_slot();
  if (rejected) UPDRAFT_TRY(settle_trial(*rejected, cause));
  settle_signing();
  return opened;
}

Result<> LeanUpdater::welcome(const Offer& offer) {
  if (const Result<> open = may_begin(offer); !open) {
    return tell(next_session(offer.scheme), open.error());
  }
  const Result<Slot> slot = slot_for(offer);
  return slot ? Result<>{} : tell(next_session(offer.scheme), slot.error());
}

Result<> LeanUpdater::begin(const Offer& offer) {
  UPDRAFT_TRY(open_session(offer));
  return begin_image(offer);
}

Result<> LeanUpdater::open_session(const Offer& offer) {
  const Session session = next_session(offer.scheme);
  if (const Result<> open = may_begin(offer); !open) return tell(session, open.error());
  if (in_session()) leave_to_proven_sender();
  owned_ = Owned::by_session;
  session_ = session;
  holder_ = offer.sender_proved ? nullptr : offer.holder;
  observer_.on_begun(session_);
  return {};
}

// A sender from whom nothing would be accepted does not get the session.
Result<> LeanUpdater::may_begin(const Offer& offer) {
  if (!takes_packages(policy_)) UPDRAFT_TRY(judge_files(policy_, offer));
  const bool goes_first =
      in_session() && offer.sender_proved && holder_ != nullptr && !guard_.opened();
  if (owned_ != Owned::by_nobody && !goes_first) return fail(Code::busy, Where::device);
  if (pending()) return fail(Code::pending_confirm, Where::boot);
  return {};
}

void LeanUpdater::leave_to_proven_sender() {
  Holder* const holder = holder_;
  (void)end({Code::busy, Where::device});
  holder->on_taken_over();
}

Result<> LeanUpdater::begin_image(const Offer& offer) {
  UPDRAFT_ASSERT(in_session() && state_ == UpdateState::idle);
  offer_ = offer;
  received_ = 0;
  completed_.reset();
  resumer_.reset();
  advance(UpdateEvent::begun);
  const Result<Slot> slot = slot_for(offer);
  if (!slot) return end(slot.error());
  slot_ = *slot;
  Flash& running = boot_.flash(boot_.running());
  Flash& target = boot_.flash(slot_);
  if (const Result<> lent = writer_.borrow_sector(); !lent) return end(lent.error());
  unwrapper_.reset(offer, target.size(), {&running, &writer_});
  guard_.reset(offer.again ? nullptr : &running);
  image_.reset(expectation());
  writer_.reset(target, {.ledger = memory_ != nullptr ? &memory_->ledger() : nullptr,
                         .slot = static_cast<std::uint8_t>(slot_.index),
                         .max_erase = policy_.max_block});
  return {};
}

void LeanUpdater::turn_to(const Slot& slot) {
  slot_ = slot;
  Flash& target = boot_.flash(slot_);
  unwrapper_.limit(target.size());
  guard_.reset(nullptr);
  format::ImageExpectation expected = expectation();
  expected.project = {};
  image_.reset(expected);
  writer_.reset(target, {.max_erase = policy_.max_block});
}

void LeanUpdater::leave_image() {
  if (state_ != UpdateState::idle) advance(UpdateEvent::ended);
}

Result<Slot> LeanUpdater::slot_for(const Offer& offer) const {
  const Result<Slot> slot = boot_.update_slot();
  if (!slot) return slot;
  const std::uint32_t capacity = boot_.flash(*slot).size();
  if (offer.size <= capacity + unwrapper_.overhead() + offer.beside) return slot;
  return fail(Code::too_big, Where::slot, offer.size, capacity);
}

Result<> LeanUpdater::write(Bytes bytes) {
  if (state_ != UpdateState::judging && state_ != UpdateState::writing) {
    return fail(Code::no_session, Where::device);
  }
  received_ += bytes.size();
  if (const Result<> pushed = unwrapper_.push(bytes); !pushed) {
    if (offer_.package_head != 0 && is_damaged_part(pushed.error())) return pushed;
    return end(resumer_.reconsider(pushed.error()));
  }
  note_head();
  observer_.on_progress(received_, offer_.size);
  return {};
}

Result<std::uint64_t> LeanUpdater::resume_at(std::uint64_t at) {
  const bool in_time = state_ == UpdateState::judging || state_ == UpdateState::writing;
  const bool seeks = offer_.size != 0 || offer_.package_head != 0;
  if (!in_time || !seeks || at != received_) return at;
  if (const std::optional<Unwrapper::LetIn>& payload = unwrapper_.let_in()) {
    const Result<> taken = resumer_.go_on(*payload, offer_.size, received_);
    if (!taken) return end(resumer_.reconsider(taken.error())).error();
  }
  if (policy_.signing != nullptr) policy_.signing->take_held(received_, offer_.size);
  note_head();
  observer_.on_progress(received_, offer_.size);
  return received_;
}

Result<Taken> LeanUpdater::finish(PayloadEnd ended) {
  Result<Taken> taken = complete();
  if (taken && *taken == Taken::installed) {
    if (const Result<> done = install(); !done) taken = done.error();
  }
  if (!taken) {
    if (taken.error().code == Code::no_session) return taken;
    Error why = taken.error();
    const bool incomplete = why.code == Code::size_mismatch;
    if (incomplete && ended == PayloadEnd::silence) why.code = Code::timeout;
    return end(why).error();
  }
  writer_.return_sector();
  if (*taken == Taken::current) {
    owned_ = Owned::by_nobody;
    observer_.on_current(session_, image_.info());
    return taken;
  }
  advance(UpdateEvent::verified);
  owned_ = Owned::until_restart;
  observer_.on_installed({session_, slot_, unwrapper_.let_in()->trust, image_.info()});
  return taken;
}

// Everything has arrived: the image must be whole.
Result<Taken> LeanUpdater::complete() {
  if (in_session() && completed_) return *completed_;
  if (state_ != UpdateState::judging && state_ != UpdateState::writing) {
    return fail(Code::no_session, Where::device);
  }
  if (received_ == 0) return fail(Code::payload_missing, Where::link);
  if (const Result<> whole = unwrapper_.finish(); !whole) {
    return resumer_.reconsider(whole.error());
  }
  unwrapper_.give_back();
  note_head();  // a small image may have been held back whole until now
  completed_ = guard_.opened() ? Taken::installed : Taken::current;
  if (completed_ == Taken::current) advance(UpdateEvent::ended);
  return *completed_;
}

void LeanUpdater::abort(const Error& why) {
  if (in_session()) (void)end(why);
}

void LeanUpdater::never_began(Scheme scheme, const Error& why) {
  (void)tell(next_session(scheme), why);
}

void Updater::never_began(Scheme scheme, const Error& why) {
  LeanUpdater::never_began(scheme, why);
}

void LeanUpdater::tell_progress(std::uint64_t received, std::uint64_t total) {
  observer_.on_progress(received, total);
}

void LeanUpdater::close_session(Trust trust, std::size_t files, bool changed) {
  UPDRAFT_ASSERT(in_session() && state_ == UpdateState::idle);
  writer_.return_sector();
  owned_ = changed ? Owned::until_restart : Owned::by_nobody;
  observer_.on_files_installed({session_, trust, files, changed});
}

Result<> LeanUpdater::confirm() {
  if (!pending()) return fail(Code::not_pending, Where::boot);
  UPDRAFT_TRY(boot_.confirm());
  if (Journal* const log = journal()) {
    if (const auto image = log->trial()) (void)log->keep(*image);
  }
  settle_signing();
  observer_.on_confirmed();
  return {};
}

void LeanUpdater::settle_signing() {
  if (policy_.signing != nullptr) policy_.signing->settle();
}

Result<> LeanUpdater::may_decide(Scheme scheme) {
  UPDRAFT_TRY(judge_files(policy_, {.scheme = scheme}));
  return {};
}

// The reason is noted first: if the power goes away between the two, the bootloader ends the trial.
Result<> LeanUpdater::roll_back(RolledBack why) {
  if (!pending()) return fail(Code::not_pending, Where::boot);
  const Slot own = boot_.running();
  const std::optional<crypto::Sha256Digest> image = digest_of(own);
  const ImageName head = head_in(own);
  Journal* const log = image ? journal() : nullptr;
  if (log != nullptr) (void)log->remember({*image, why}, head);
  Result<> rejected = boot_.reject();
  if (rejected && image) hold({*image, why}, head);  // else start() will find out
  if (!rejected && log != nullptr) {                 // it stays on trial
    (void)log->let_in(*image);
    (void)log->begin_trial(*image);
  }
  return rejected;
}

// Until the restart, and as long as the device runs where there is no journal.
void LeanUpdater::hold(const Remembered& image, const ImageName& head) {
  remembered_ = image;
  remembered_head_ = head;
  observer_.on_remembered(image);
}

ImageName LeanUpdater::head_in(const Slot& slot) {
  const std::optional<ImageName> head = head_name(boot_.flash(slot));
  return head ? *head : ImageName{};
}

std::size_t LeanUpdater::remembered(std::span<Remembered> out) {
  if (Journal* const log = journal()) return log->list(out);
  if (!remembered_ || out.empty()) return 0;
  out.front() = *remembered_;
  return 1;
}

Result<> LeanUpdater::let_in(const ImageName& image) {
  const std::optional<Remembered> known = find_remembered(image);
  if (!known) return fail(Code::not_remembered, Where::journal);
  if (Journal* const log = journal()) UPDRAFT_TRY(log->let_in(known->image));
  remembered_.reset();
  observer_.on_let_in(known->image);
  return {};
}

Result<> LeanUpdater::may_restart(Scheme scheme) {
  if (in_session()) return fail(Code::busy, Where::device);
  UPDRAFT_TRY(judge_files(policy_, {.scheme = scheme}));
  return {};
}

Result<> LeanUpdater::restart_into(std::string_view app) {
  Code why = owned_ != Owned::by_nobody ? Code::busy : Code::no_other_image;
  if (pending()) why = Code::pending_confirm;
  const std::optional<Slot> factory = boot_.factory();
  const bool may = why == Code::no_other_image && factory && factory->label.view() == app;
  return may ? boot_.select(*factory) : fail(why, Where::boot);
}

Result<> LeanUpdater::end(const Error& why) {
  UPDRAFT_ASSERT(in_session());
  unwrapper_.give_back();
  writer_.return_sector();
  if (state_ != UpdateState::idle) advance(UpdateEvent::ended);  // else it had no image yet
  owned_ = Owned::by_nobody;
  return tell(session_, why);
}

Result<> LeanUpdater::tell(const Session& session, const Error& why) {
  observer_.on_ended(session, why);
  return why;
}

void LeanUpdater::advance(UpdateEvent event) {
  state_ = state_after(state_, event);
  observer_.on_state(state_);
}

void LeanUpdater::note_head() {
  if (state_ == UpdateState::judging && image_.head_passed()) advance(UpdateEvent::head_passed);
}

// The whole image must be read back from flash as it was sent, and not be one that was rolled back
// here. Only then may it become the next to boot.
Result<> LeanUpdater::install() {
  const crypto::Sha256Digest sent = image_.info().digest;
  advance(UpdateEvent::received);
  UPDRAFT_TRY(judge_remembered(find_remembered(sent)));
  const Result<format::ImageInfo> stored =
      format::verify_image(boot_.flash(slot_), expectation(), image_.verifier(), writer_.sector());
  if (!stored && stored.error().code == Code::flash) return fail(Code::flash, Where::slot);
  if (!stored || !same_bytes(stored->digest, sent)) {
    writer_.note_mismatch();
    return fail(Code::image_mismatch, Where::slot);
  }
  writer_.note_verified();
  if (unwrapper_.let_in()->trust == Trust::signed_image)
    UPDRAFT_TRY(policy_.signing->seal(*stored));
  // The update is worth more than its record: a journal that fails does not stop it.
  if (Journal* const log = journal()) (void)log->begin_trial(sent);
  return boot_.select(slot_);
}

// The head has passed, and nothing in the slot has changed yet.
Result<> LeanUpdater::enter_slot() {
  const Bytes head = image_.head();
  if (const std::optional<ImageName> name = head_name(head)) {
    UPDRAFT_TRY(judge_remembered(find_remembered(*name, Journal::NameOf::head)));
  }
  UPDRAFT_TRY(judge_downgrade(head, boot_.flash(boot_.running()), policy_.is_older));
  return boot_.forget(slot_);
}

// By its digest, the beginning of it, or its head.
std::optional<Remembered> LeanUpdater::find_remembered(Bytes name, Journal::NameOf what) {
  if (remembered_) {
    const Bytes own =
        what == Journal::NameOf::head ? Bytes(remembered_head_) : Bytes(remembered_->image);
    if (same_bytes(name, own.first(name.size()))) return remembered_;
  }
  Journal* const log = journal();
  return log != nullptr ? log->remembered(name, what) : std::nullopt;
}

Result<> LeanUpdater::judge_remembered(const std::optional<Remembered>& known) {
  if (!known) return {};
  for (const ImageName& asked_for : policy_.retry) {
    if (same_bytes(asked_for, Bytes(known->image).first(asked_for.size()))) return {};
  }
  const bool failed = known->why == RolledBack::failed;
  return fail(Code::known_bad, Where::journal, load_le32(known->image, 0), 0,
              failed ? Reason::none : Reason::went_back);
}

// otadata may show an old rejection: with a journal only the image on trial is judged.
Result<> LeanUpdater::settle_trial(const RejectedSlot& rejected, StartedBy cause) {
  const std::optional<crypto::Sha256Digest> image = digest_of(rejected.slot);
  if (!image) return {};  // the slot holds no image any more
  Journal* const log = journal();
  if (log != nullptr ? log->trial() != image : !is_sound(rejected.slot)) return {};
  const bool power_cut = cause == StartedBy::power && rejected.state == OtaState::aborted;
  const bool excused = power_cut && (log == nullptr || log->excuses(*image) < kExcusedTrials);
  if (!excused) return remember(rejected.slot, {*image, RolledBack::failed});
  return log != nullptr ? log->excuse(*image) : Result<>{};
}

Result<> LeanUpdater::remember(const Slot& slot, const Remembered& image) {
  const ImageName head = head_in(slot);
  hold(image, head);
  Journal* const log = journal();
  return log != nullptr ? log->remember(image, head) : Result<>{};
}

std::optional<crypto::Sha256Digest> LeanUpdater::digest_of(const Slot& slot) {
  const Result<crypto::Sha256Digest> appended = format::appended_digest(boot_.flash(slot));
  if (appended) return *appended;
  if (appended.error().code != Code::bad_hash) return std::nullopt;
  if (!is_sound(slot)) return std::nullopt;  // no hash appended: the verifier computes it
  return image_.info().digest;
}

bool LeanUpdater::is_sound(const Slot& slot) {
  return format::verify_image(boot_.flash(slot), {}, image_.verifier(), writer_.page()).has_value();
}

format::ImageExpectation LeanUpdater::expectation() {
  const ChipFacts facts = boot_.facts();
  return {
      .chip = facts.chip,
      .chip_revision = facts.revision,
      .ignore_max_revision = facts.ignore_max_revision,
      .efuse_block_revision = facts.block_revision,
      .capacity = boot_.flash(slot_).size(),
      .secure_version_floor = facts.secure_version,
      .project = policy_.project,
      .require_hash = policy_.require_hash,
  };
}

}  // namespace updraft
