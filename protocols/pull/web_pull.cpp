#include "protocols/pull/web_pull.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"

namespace updraft::link {
namespace {

using Outcome = PullWatcher::Outcome;

// The engine looked at the payload, and sending the same again will not help. The others depend on
// how the device stands, or on what somebody says.
bool is_verdict(Code code) {
  constexpr Code kMayPass[] = {Code::pending_confirm, Code::not_armed,      Code::not_wanted,
                               Code::known_bad,       Code::keyset_missing, Code::no_other_image,
                               Code::no_memory};
  return verdict(code) == Verdict::refused &&
         std::ranges::find(kMayPass, code) == std::end(kMayPass);
}

// The bytes asked for did not come, but they may come from another connection.
bool is_passing(const Error& why) { return why.code == Code::http_status && why.found >= 500; }

}  // namespace

WebPull::WebPull(Intake& engine, const Config& config, WebMemory* memory, PullWatcher* watcher,
                 crypto::RandomSource random)
    : engine_(engine),
      config_(config),
      memory_(memory),
      watcher_(watcher),
      schedule_(config.every, random),
      sound_(place_.set(config.url)) {
  load_note();
}

// When to ask.

void WebPull::start(Instant now) {
  if (sound_ && !next_ && !fetch_)
    next_ = now + schedule_.at_start(config_.first_least, config_.first_most);
}

// What was refused may come again: only what runs is not asked for.
void WebPull::ask(Instant now) {
  asked_ = fetch_.has_value();
  if (asked_ || !sound_) return;
  load_note();
  next_ = now;
}

std::optional<Instant> WebPull::deadline() const {
  if (fetch_) return std::nullopt;
  if (hold_until_ && next_) return std::min(*hold_until_, *next_);
  return next_;
}

std::optional<WebUrl> WebPull::turn(Instant now) {
  if (fetch_) return std::nullopt;
  const bool taken_over = hold_until_ && !transfer_->can_go_on();
  if (taken_over || (hold_until_ && *hold_until_ <= now)) end_question();
  if (!next_ || now < *next_) return std::nullopt;
  next_.reset();
  if (!transfer_) begin_question();
  const bool own = at_own_server();
  const WebUrl url = place_.url();
  fetch_.emplace(*transfer_, parser_,
                 WebFetch::Job{.url = url,
                               .fields = own ? config_.fields : std::string_view{},
                               .unless = known(),
                               .proves = config_.server_proves && url.tls && own});
  return url;
}

void WebPull::begin_question() {
  (void)place_.set(config_.url);
  redirects_ = 0;
  answered_empty_ = false;
  transfer_.emplace(engine_, config_.scheme);
}

// Of an update that was cut off.
void WebPull::end_question() {
  if (transfer_->can_go_on()) transfer_->drop(cut_by_);
  transfer_.reset();
  hold_until_.reset();
}

bool WebPull::at_own_server() const {
  const std::optional<WebUrl> own = parse_web_url(config_.url);
  return own && is_same_server(*own, place_.url());
}

// What a connection came to.

void WebPull::closed(const Result<>& outcome, Instant now) {
  UPDRAFT_ASSERT(fetch_.has_value());
  using End = WebFetch::End;
  const End end = fetch_->ended();
  const Error why = outcome ? Error{Code::aborted, Where::link} : outcome.error();
  switch (end) {
    case End::unchanged:
      transfer_.reset();
      return wait(Outcome::unchanged, {}, schedule_.after_answer(asked_for()), now);
    case End::taken:
      return taken(now);
    case End::redirected:
      return follow(now);
    case End::go_on:
      return go_on(now);
    case End::engine:
      return by_engine(fetch_->outcome().error(), now);
    case End::busy: {
      const Millis asked = std::chrono::seconds(*fetch_->head().retry_after);
      return trouble(why, schedule_.after_busy(asked), now);
    }
    case End::login:
      if (!at_own_server()) break;  // a link that was signed for a while, and no longer is
      return trouble(why, schedule_.after_login_refused(), now);
    case End::trouble:
      if (is_passing(why)) break;
      return trouble(why, schedule_.after_trouble(), now);
    case End::lost:
      break;
  }
  cut(why, now);
}

void WebPull::taken(Instant now) {
  known_ = transfer_->validators();
  const bool installed = fetch_->taken() == Taken::installed;
  save_note(installed ? WebNote::Meaning::installed : WebNote::Meaning::runs);
  transfer_.reset();
  wait(installed ? Outcome::installed : Outcome::current, {}, schedule_.after_answer(asked_for()),
       now);
}

void WebPull::follow(Instant now) {
  const bool secure = place_.url().tls;
  const auto give_up = [&](Code code, Reason reason) {
    trouble({code, Where::link, fetch_->head().status, 200, reason}, schedule_.after_trouble(),
            now);
  };
  if (++redirects_ > kRedirects) return give_up(Code::http_status, Reason::web_redirects);
  if (!place_.follow(parser_.location())) return give_up(Code::protocol, Reason::web_head);
  if (secure && !place_.url().tls) return give_up(Code::http_status, Reason::web_insecure);
  fetch_.reset();
  next_ = now;
}

void WebPull::go_on(Instant now) {
  const bool brought = fetch_->brought();
  if (!brought && answered_empty_) return cut({Code::aborted, Where::link}, now);
  answered_empty_ = !brought;
  fetch_.reset();
  next_ = now;
}

// Where the engine has a part of it the session waits for the rest, else there is nothing to keep.
void WebPull::cut(const Error& why, Instant now) {
  if (!transfer_->can_go_on()) return trouble(why, schedule_.after_trouble(), now);
  bool given_up = false;
  const Millis next = schedule_.after_cut(fetch_->brought(), given_up);
  if (given_up) return trouble(why, next, now);
  if (fetch_->brought() || !hold_until_) hold_until_ = now + kPullHoldMs;
  if (*hold_until_ <= now) return trouble(why, next, now);
  cut_by_ = why;
  (void)place_.set(config_.url);  // where it was redirected to may be what is broken
  redirects_ = 0;
  wait(Outcome::cut, why, next, now);
}

void WebPull::trouble(const Error& why, Millis next, Instant now) {
  Error known = why;
  const bool certificate = why.code == Code::auth_failed && why.reason == Reason::none;
  if (certificate) known.reason = Reason::web_certificate;
  transfer_->drop(known);
  transfer_.reset();
  wait(Outcome::failed, known, next, now);
}

void WebPull::by_engine(const Error& why, Instant now) {
  const bool judged = is_verdict(why.code);
  if (judged) known_ = transfer_->validators();
  transfer_.reset();
  const Millis next = verdict(why.code) == Verdict::refused ? schedule_.after_answer(asked_for())
                                                            : schedule_.after_trouble();
  wait(Outcome::failed, why, next, now);
}

void WebPull::wait(Outcome outcome, const Result<>& why, Millis next, Instant now) {
  fetch_.reset();
  if (outcome != Outcome::cut) hold_until_.reset();
  next_ = now + next;
  if (asked_) ask(now);
  if (watcher_ != nullptr) watcher_->asked(outcome, why, next);
}

Millis WebPull::asked_for() const {
  return std::chrono::seconds(fetch_->head().poll_after.value_or(0));
}

// What is remembered.

void WebPull::load_note() {
  known_ = {};
  if (memory_ == nullptr) return;
  std::array<std::byte, kWebNoteBytes> room;
  const std::size_t size = std::min(memory_->load(room), room.size());
  const std::optional<WebNote> note = read_note(Bytes(room).first(size), config_.url);
  if (!note) return;
  const bool same_image = note->image == config_.running;
  known_ = note->file;
  // Another image runs than then: what was installed. The same one: it was rolled back, and may be
  // let in by name.
  if (note->meaning == WebNote::Meaning::installed && !same_image) {
    return save_note(WebNote::Meaning::runs);
  }
  if (note->meaning == WebNote::Meaning::installed || !same_image) known_ = {};
}

void WebPull::save_note(WebNote::Meaning meaning) {
  if (memory_ == nullptr) return;
  std::array<std::byte, kWebNoteBytes> room{};
  const WebNote note{.meaning = meaning, .image = config_.running, .file = known_};
  memory_->save(Bytes(room).first(write_note(note, config_.url, room)));
}

}  // namespace updraft::link
