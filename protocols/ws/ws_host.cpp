#include "protocols/ws/ws_host.hpp"

#include <algorithm>
#include <utility>

namespace updraft::link {
namespace {
std::uint64_t number_of(const ImageName& name) {
  return std::uint64_t{load_le32(name, 4)} << 32 | load_le32(name, 0);
}
}  // namespace

void WsHost::on_open(Instant now) { enter(State::greeting, now); }

void WsHost::on_lost(Instant) {
  if (state_ == State::closed) return;
  if (state_ == State::parting) return finish(Result<>{});
  finish(Code::aborted);
}

std::optional<Instant> WsHost::deadline() const {
  switch (state_) {
    case State::greeting:
      return since_ + kWsGreetMs;
    case State::login:
      return since_ + kWsChunkMs;
    case State::naming:
      return since_ + kWsTargetMs;
    case State::asking:
    case State::ending:
      return since_ + kWsAnswerMs;
    case State::sending:
      return std::min(since_ + kWsChunkMs, pace_.deadline());
    case State::parting:
      return since_ + kWsPartMs;
    case State::closed:
      break;
  }
  return std::nullopt;
}

// An original device restarts without a word, and its end of the connection just falls silent.
void WsHost::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || *due > now) return;
  if (state_ == State::greeting) return decide(now);
  if (state_ == State::parting) return finish(Result<>{});
  if (state_ == State::naming) {
    return finish(Result<>(fail(Code::wrong_target, Where::link, 0, 0, Reason::no_targets)));
  }
  finish(Code::timeout);
}

void WsHost::begin_message(bool binary, Instant) {
  if (binary) return finish(Code::protocol);
  text_.reset();
  text_read_ = {};
}

void WsHost::take(bool binary, Bytes piece, Instant) {
  if (!binary && text_read_) text_read_ = text_.push(piece);
}

void WsHost::end_message(bool binary, Instant now) {
  if (binary || state_ == State::closed) return;
  if (text_read_) text_read_ = text_.finish();
  if (!text_read_) return finish(Code::protocol);
  hear(now);
}

void WsHost::refuse(bool, WsClose) { finish(Code::protocol); }

void WsHost::hear(Instant now) {
  const std::string_view name = text_.name();
  if (name == "otaCheckRollback" && state_ == State::greeting) {
    found_trial_ = true;
    return decide(now);
  }
  if (name == "otaLogin" && (state_ == State::greeting || state_ == State::login)) {
    return log_in(now);
  }
  if (name == "otaTarget" && state_ == State::naming) {
    return text_.value() == config_.target ? ask(now) : finish(Code::protocol);
  }
  if (name == "otaSetChunkSize" && state_ == State::asking) chunk_ = text_.number().value_or(0);
  if (name == "otaGetChunk") return give(text_.number(), now);
  if (name == "otaEnd") return end(now);
  if (name == "otaCancel") return finish(Code::aborted);
  if (name == "otaError") {
    refusal_ = Text<kWsTokenBytes>(text_.value());
    finish(Code::not_wanted);
  }
}

// A device that asks for a password says so before anything else; an original never does.
void WsHost::log_in(Instant now) {
  const std::string_view says = text_.value();
  if (logged_in_) return finish(Code::protocol);
  if (says == "ok") {
    logged_in_ = true;
    return enter(State::greeting, now);
  }
  if (says == "locked") return finish(Code::locked);
  if (says == "wrong") return finish(Code::auth_failed);
  if (says != "wait") {
    if (says.size() != kChallengeChars) return finish(Code::protocol);
    if (config_.password.empty()) return finish(Code::auth_failed);
    Challenge challenge;
    std::ranges::copy(as_bytes(says), challenge.begin());
    answer_ = answer_to(challenge, config_.password);
  }
  if (state_ != State::login) enter(State::login, now);
}

void WsHost::decide(Instant now) {
  switch (config_.trial) {
    case Trial::leave:
      return found_trial_ ? finish(Code::pending_confirm) : begin(now);
    case Trial::pass_over:
      return begin(now);
    case Trial::keep:  // also if nobody asked: not every server library lets the device ask
      say(WsWord::keep);
      return begin(now);
    case Trial::go_back:
      if (!found_trial_) return finish(Code::not_pending);
      say(WsWord::go_back);
      return enter(State::parting, now);
  }
}

void WsHost::begin(Instant now) {
  if (config_.image.empty()) return part(now);
  if (config_.let_in) say(WsWord::let_in);
  if (config_.force) say(WsWord::force);
  if (config_.one_way) say(WsWord::one_way);
  if (config_.target.empty()) return ask(now);
  say(WsWord::target);
  enter(State::naming, now);
}

void WsHost::ask(Instant now) {
  say(WsWord::size);
  enter(State::asking, now);
}

// The device counts, and it may ask for bytes again: it gets what it asks for, as long as it makes
// progress.
void WsHost::give(std::optional<std::uint64_t> offset, Instant now) {
  const bool asked = state_ == State::asking || state_ == State::sending;
  if (!asked || chunk_ == 0 || !offset || *offset >= total()) return finish(Code::protocol);
  const std::uint64_t size = std::min(chunk_, total() - *offset);
  if (state_ == State::asking) pace_.begin(now);
  pace_.moved(*offset, total(), now);
  repeats_ = *offset + size > furthest_ ? 0 : repeats_ + 1;
  furthest_ = std::max(furthest_, *offset + size);
  if (repeats_ > kWsRepeats) return finish(Code::protocol);
  piece_ = config_.image.subspan(static_cast<std::size_t>(*offset), static_cast<std::size_t>(size));
  sent_ = *offset + size;
  enter(sent_ == total() ? State::ending : State::sending, now);
}

void WsHost::end(Instant now) {
  if (state_ != State::ending) return finish(Code::protocol);
  current_ = text_.current();
  installed_ = !current_;
  if (current_) return finish(Result<>{});
  part(now);
}

void WsHost::part(Instant now) {
  if (!config_.restart) return finish(Result<>{});
  say(config_.into.empty() ? WsWord::restart : WsWord::restart_into);
  enter(State::parting, now);
}

void WsHost::enter(State state, Instant now) {
  state_ = state;
  since_ = now;
}

void WsHost::say(WsWord word) {
  words_[(words_first_ + words_count_) % words_.size()] = word;
  ++words_count_;
}

std::optional<WsMessage> WsHost::next_message() {
  if (answer_) {
    const Answer answer = *std::exchange(answer_, std::nullopt);
    return WsMessage{.bytes = as_bytes(ws_answer(answer, room_))};
  }
  if (words_count_ > 0) {
    const std::span<char, kWsWordBytes> word_room = std::span(room_).first<kWsWordBytes>();
    const WsWord word = words_[words_first_];
    words_first_ = (words_first_ + 1) % words_.size();
    --words_count_;
    if (word == WsWord::restart_into || word == WsWord::target) {
      const std::string_view text = word == WsWord::target ? config_.target : config_.into;
      return WsMessage{.bytes = as_bytes(ws_message(word, text, word_room))};
    }
    const bool names = word == WsWord::let_in;
    const std::uint64_t number = names ? number_of(*config_.let_in) : total();
    return WsMessage{.bytes = as_bytes(ws_message(word, number, word_room))};
  }
  if (piece_.empty()) return std::nullopt;
  const Bytes piece = piece_;
  piece_ = {};
  return WsMessage{.binary = true, .bytes = piece};
}

void WsHost::finish(const Result<>& outcome) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  outcome_ = outcome;
  piece_ = {};
  close_with(WsClose::normal);
}

}  // namespace updraft::link
