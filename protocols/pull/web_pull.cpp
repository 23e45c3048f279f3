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
      route_(config.url),
      questions_(config.url, config.member, random) {
  load_note();
}

// When to ask.

void WebPull::start(Instant now) {
  questions_.started(now);
  if (is_sound() && !next_ && !fetch_)
    next_ = now + schedule_.at_start(config_.first_least, config_.first_most);
}

// What was refused may come again: only what runs is not asked for.
void WebPull::ask(Instant now) {
  asked_ = fetch_.has_value();
  if (asked_ || !is_sound()) return;
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
  const PackageFile file = transfer_->file();
  if (!route_.leads_to(file)) (void)route_.go_to(file, transfer_->name());
  const bool own = route_.at_own_server();
  const WebUrl url = route_.url();
  WebFetch::Job job{.fields = own ? config_.fields : std::string_view{},
                    .proves = config_.server_proves && url.tls && own};
  if (questions_.kind() == WebQuestions::Kind::update) {
    job.unless = known();
    // The first KeySet does not come over the network.
    if (questions_.key_set() != 0 && questions_.is_fleet()) job.key_set = questions_.key_set();
    if (questions_.is_fleet()) job.reports = config_.reports;
  }
  const bool reports = questions_.kind() == WebQuestions::Kind::report;
  if (reports || questions_.kind() == WebQuestions::Kind::token) job.words = token_;
  if (reports) job.body = config_.reports->report();
  fetch_.emplace(*transfer_, route_, parser_, job);
  return url;
}

void WebPull::begin_question() {
  questions_.ask(questions_.kind(), config_.running);
  lead_home();
  answered_empty_ = false;
  transfer_.emplace(engine_, config_.scheme);
}

// Of an update that was cut off.
void WebPull::end_question() {
  if (transfer_->can_go_on()) transfer_->drop(cut_by_);
  transfer_.reset();
  hold_until_.reset();
}

// What a connection came to.

void WebPull::closed(const Result<>& outcome, Instant now) {
  UPDRAFT_ASSERT(fetch_.has_value());
  using End = WebFetch::End;
  const End end = fetch_->ended();
  const Error why = outcome ? Error{Code::aborted, Where::link} : outcome.error();
  if (questions_.kind() == WebQuestions::Kind::token && end != End::redirected) {
    return token_over(end, why, now);
  }
  if (questions_.kind() == WebQuestions::Kind::report) return report_over(end, why, now);
  switch (end) {
    case End::unchanged:
      transfer_.reset();
      wait(Outcome::unchanged, {}, schedule_.after_answer(asked_for()), now);
      return ask_aside(now);
    case End::key_set:
      return ask_for(WebQuestions::Kind::key_set, now);
    case End::words:
      break;  // of a token alone
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
      if (!route_.at_own_server()) break;  // a link that was signed for a while, and no longer is
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
  if (questions_.kind() == WebQuestions::Kind::key_set) return key_set_taken(now);
  known_ = transfer_->validators();
  const bool installed = fetch_->taken() == Taken::installed;
  save_note(installed ? WebNote::Meaning::installed : WebNote::Meaning::runs);
  transfer_.reset();
  wait(installed ? Outcome::installed : Outcome::current, {}, schedule_.after_answer(asked_for()),
       now);
  if (!installed) ask_aside(now);
}

// Now, as a part of the same turn.
void WebPull::ask_for(WebQuestions::Kind kind, Instant now) {
  had_key_set_ = questions_.key_set();
  questions_.ask(kind, config_.running);
  fetch_.reset();
  transfer_.reset();
  next_ = now;
  more_to_ask_ = true;
}

// Versions come one after the other; then the update is asked for again.
void WebPull::key_set_taken(Instant now) {
  if (questions_.key_set() > had_key_set_) return ask_for(WebQuestions::Kind::update, now);
  const Error same{Code::keyset_version, Where::gate, had_key_set_, had_key_set_ + 1};
  transfer_.reset();
  wait(Outcome::failed, same, schedule_.after_trouble(), now);
}

// What a fleet's server is asked for or told besides updates, before it is left alone.
void WebPull::ask_aside(Instant now) {
  if (!questions_.is_fleet()) return;
  if (questions_.token_is_due(now)) {
    after_ = next_;
    questions_.token_asked(now);
    return ask_for(WebQuestions::Kind::token, now);
  }
  report(now);
}

void WebPull::report(Instant now) {
  const bool waits = questions_.is_fleet() && !fetch_ && !transfer_ && !more_to_ask_ && next_;
  if (!waits || config_.reports == nullptr || config_.reports->report().empty()) return;
  after_ = next_;
  ask_for(WebQuestions::Kind::report, now);
}

// What the server refuses it will refuse again. Whatever else went wrong: after the next question.
void WebPull::report_over(WebFetch::End end, const Error& why, Instant now) {
  using End = WebFetch::End;
  const bool taken = end == End::unchanged || end == End::words;
  const bool refused =
      end == End::login || (why.code == Code::http_status && why.found >= 400 && why.found < 500);
  if (taken || refused) config_.reports->reported(taken);
  const bool more = (taken || refused) && !config_.reports->report().empty();
  if (more && !asked_) return ask_for(WebQuestions::Kind::report, now);  // it did not fit
  back_to_update(asked_, now);
}

void WebPull::back_to_update(bool at_once, Instant now) {
  const Instant due = after_.value_or(now);
  ask_for(WebQuestions::Kind::update, at_once ? now : due);
  more_to_ask_ = at_once;
  asked_ = false;
  after_.reset();
}

// Whatever became of it, the update is asked for when it was due; at once where there is a newer
// one.
void WebPull::token_over(WebFetch::End end, const Error& why, Instant now) {
  Result<Freshness> token = why;
  const FleetMember& member = config_.member;
  if (end == WebFetch::End::words) {
    token = member.updater->in_session()
                ? fail(Code::busy, Where::device)
                : member.signing->judge_token(fetch_->words(), member.id, questions_.nonce());
  }
  if (token) questions_.token_taken(now);
  back_to_update(asked_ || (token && token->newer), now);
  if (watcher_ != nullptr) watcher_->on_fresh(token);
  report(now);
}

void WebPull::follow(Instant now) {
  const Result<> led = route_.follow(parser_.location(), fetch_->head().status);
  if (!led && questions_.kind() == WebQuestions::Kind::token) {
    return token_over(WebFetch::End::trouble, led.error(), now);
  }
  if (!led) return trouble(led.error(), schedule_.after_trouble(), now);
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
  lead_home();  // where it was redirected to may be what is broken
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
  const bool is_update = questions_.kind() == WebQuestions::Kind::update;
  if (is_verdict(why.code) && is_update) known_ = transfer_->validators();
  transfer_.reset();
  wait(Outcome::failed, why, next_after(why.code), now);
  report(now);
}

// A part that was damaged on the way is asked for again soon, at the URL itself.
Millis WebPull::next_after(Code code) {
  bool given_up = false;
  if (code == Code::chunk_mismatch || code == Code::index_mismatch) {
    return schedule_.after_cut(false, given_up);
  }
  return verdict(code) == Verdict::refused ? schedule_.after_answer(asked_for())
                                           : schedule_.after_trouble();
}

void WebPull::wait(Outcome outcome, const Result<>& why, Millis next, Instant now) {
  fetch_.reset();
  if (!transfer_) questions_.ask(WebQuestions::Kind::update, config_.running);
  more_to_ask_ = false;
  if (outcome != Outcome::cut) hold_until_.reset();
  next_ = now + next;
  if (asked_) ask(now);
  if (watcher_ != nullptr && questions_.becomes_stale(now)) watcher_->on_stale(kStaleAfter);
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
