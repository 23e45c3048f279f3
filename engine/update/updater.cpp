#include "updraft/updater.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/format/image_in_flash.hpp"
#include "engine/update/update_table.hpp"

namespace updraft {

std::string_view name(UpdateState state) {
  constexpr std::string_view kNames[] = {"idle", "judging", "writing", "verifying", "installed"};
  return kNames[static_cast<std::size_t>(state)];
}

Result<> Updater::start(StartedBy cause) {
  const Result<> opened = memory_ != nullptr ? memory_->open() : Result<>{};
  const std::optional<RejectedSlot> rejected = boot_.rejected_slot();
  if (rejected) UPDRAFT_TRY(settle_trial(*rejected, cause));
  return opened;
}

Result<> Updater::begin(const Offer& offer) {
  UPDRAFT_TRY(open_session(offer.scheme));
  return begin_image(offer);
}

Result<> Updater::open_session(Scheme scheme) {
  const Session session = next_session(scheme);
  if (owned_ != Owned::by_nobody) {
    return tell(session, {Code::busy, Where::device});
  }
  owned_ = Owned::by_session;
  session_ = session;
  observer_.on_begun(session_);
  return pending() ? end({Code::pending_confirm, Where::boot}) : Result<>{};
}

Result<> Updater::begin_image(const Offer& offer) {
  UPDRAFT_ASSERT(in_session() && state_ == UpdateState::idle);
  offer_ = offer;
  received_ = 0;
  resumer_.reset();
  advance(UpdateEvent::begun);
  const Result<Slot> slot = boot_.update_slot();
  if (!slot) return end(slot.error());
  slot_ = *slot;
  const std::uint32_t capacity = boot_.flash(slot_).size();
  if (offer.size > capacity + unwrapper_.overhead())
    return end({Code::too_big, Where::slot, offer.size, capacity});
  unwrapper_.reset(offer, capacity, {&boot_.flash(boot_.running()), &writer_});
  image_.reset(expectation());
  writer_.reset(boot_.flash(slot_), {.ledger = memory_ != nullptr ? &memory_->ledger() : nullptr,
                                     .slot = static_cast<std::uint8_t>(slot_.index),
                                     .max_erase = policy_.max_block});
  return {};
}

Result<> Updater::write(Bytes bytes) {
  if (state_ != UpdateState::judging && state_ != UpdateState::writing) {
    return fail(Code::no_session, Where::device);
  }
  received_ += bytes.size();
  if (const Result<> pushed = unwrapper_.push(bytes); !pushed) {
    return end(resumer_.reconsider(pushed.error()));
  }
  note_head();
  observer_.on_progress(received_, offer_.size);
  return {};
}

Result<std::uint64_t> Updater::resume_at(std::uint64_t at) {
  const bool asks_in_time = state_ == UpdateState::writing && offer_.size != 0;
  if (!asks_in_time || at != received_) return at;
  const Result<> taken = resumer_.go_on(*unwrapper_.let_in(), offer_.size, received_);
  if (!taken) return std::unexpected(end(resumer_.reconsider(taken.error())).error());
  if (resumer_.took_any()) observer_.on_progress(received_, offer_.size);
  return received_;
}

Result<> Updater::finish(PayloadEnd ended) {
  if (state_ != UpdateState::judging && state_ != UpdateState::writing) {
    return fail(Code::no_session, Where::device);
  }
  if (received_ == 0) return end({Code::payload_missing, Where::link});
  if (Result<> done = install(); !done) {
    const bool incomplete = done.error().code == Code::size_mismatch;
    if (incomplete && ended == PayloadEnd::silence) done.error().code = Code::timeout;
    return end(done.error());
  }
  advance(UpdateEvent::verified);
  owned_ = Owned::until_restart;
  observer_.on_installed({session_, slot_, unwrapper_.let_in()->trust, image_.info()});
  return {};
}

void Updater::abort(const Error& why) {
  if (in_session()) (void)end(why);
}

void Updater::never_began(Scheme scheme, const Error& why) {
  (void)tell(next_session(scheme), why);
}

void Updater::tell_progress(std::uint64_t received, std::uint64_t total) {
  observer_.on_progress(received, total);
}

void Updater::close_session(Trust trust, std::size_t files) {
  UPDRAFT_ASSERT(in_session() && state_ == UpdateState::idle);
  owned_ = Owned::until_restart;
  observer_.on_files_installed({session_, trust, files});
}

Result<> Updater::confirm() {
  if (!pending()) return fail(Code::not_pending, Where::boot);
  UPDRAFT_TRY(boot_.confirm());
  if (Journal* const log = journal()) {
    if (const auto image = log->trial()) (void)log->keep(*image);
  }
  observer_.on_confirmed();
  return {};
}

Result<> Updater::roll_back() {
  if (!pending()) return fail(Code::not_pending, Where::boot);
  UPDRAFT_TRY(boot_.reject());
  if (const auto image = digest_of(boot_.running())) (void)refuse(*image);  // else start() will
  return {};
}

Result<> Updater::may_restart(Scheme scheme) {
  if (in_session()) return fail(Code::busy, Where::device);
  UPDRAFT_TRY(judge_files(policy_, {.scheme = scheme}));
  return {};
}

Result<> Updater::end(const Error& why) {
  UPDRAFT_ASSERT(in_session());
  if (state_ != UpdateState::idle) advance(UpdateEvent::ended);  // else it had no image yet
  owned_ = Owned::by_nobody;
  return tell(session_, why);
}

Result<> Updater::tell(const Session& session, const Error& why) {
  observer_.on_ended(session, why);
  return std::unexpected(why);
}

void Updater::advance(UpdateEvent event) {
  state_ = state_after(state_, event);
  observer_.on_state(state_);
}

void Updater::note_head() {
  if (state_ == UpdateState::judging && image_.head_passed()) advance(UpdateEvent::head_passed);
}

// Everything has arrived: the image must be whole, read back from flash as it was sent, and not be
// one that was rolled back here. Only then may it become the next to boot.
Result<> Updater::install() {
  if (const Result<> whole = unwrapper_.finish(); !whole) {
    return std::unexpected(resumer_.reconsider(whole.error()));
  }
  note_head();  // a small image may have been held back whole until now
  const crypto::Sha256Digest sent = image_.info().digest;
  advance(UpdateEvent::received);
  UPDRAFT_TRY(check_not_known_bad(sent));
  const Result<format::ImageInfo> stored =
      format::verify_image(boot_.flash(slot_), expectation(), image_.verifier(), writer_.scratch());
  if (!stored && stored.error().code == Code::flash) return fail(Code::flash, Where::slot);
  if (!stored || stored->digest != sent) {
    writer_.note_mismatch();
    return fail(Code::image_mismatch, Where::slot);
  }
  writer_.note_verified();
  // The update is worth more than its record: a journal that fails does not stop it.
  if (Journal* const log = journal()) (void)log->begin_trial(sent);
  return boot_.select(slot_);
}

Result<> Updater::check_not_known_bad(const crypto::Sha256Digest& digest) {
  const auto& retry = policy_.retry;
  const bool asked_for = std::ranges::find(retry, image_name(digest)) != retry.end();
  if (asked_for) return {};
  Journal* const log = journal();
  const bool known = (log != nullptr && log->is_refused(digest)) || refused_ == digest;
  if (known) return fail(Code::known_bad, Where::journal, load_le32(digest, 0));
  return {};
}

// otadata may show an old rejection: with a journal only the image on trial is judged.
Result<> Updater::settle_trial(const RejectedSlot& rejected, StartedBy cause) {
  const std::optional<crypto::Sha256Digest> image = digest_of(rejected.slot);
  if (!image) return {};  // the slot holds no image any more
  Journal* const log = journal();
  if (log != nullptr && log->trial() != image) return {};
  const bool power_cut = cause == StartedBy::power && rejected.state == OtaState::aborted;
  if (!power_cut) return refuse(*image);
  if (log == nullptr) return {};
  return log->excuses(*image) < kExcusedTrials ? log->excuse(*image) : refuse(*image);
}

Result<> Updater::refuse(const crypto::Sha256Digest& image) {
  refused_ = image;
  if (Journal* const log = journal()) UPDRAFT_TRY(log->refuse(image));
  observer_.on_remembered(image);
  return {};
}

std::optional<crypto::Sha256Digest> Updater::digest_of(const Slot& slot) {
  const Result<crypto::Sha256Digest> appended = format::appended_digest(boot_.flash(slot));
  if (appended) return *appended;
  if (appended.error().code != Code::bad_hash) return std::nullopt;
  const Result<format::ImageInfo> image =  // no hash appended: compute it
      format::verify_image(boot_.flash(slot), {}, image_.verifier(), writer_.scratch());
  if (!image) return std::nullopt;
  return image->digest;
}

format::ImageExpectation Updater::expectation() {
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
