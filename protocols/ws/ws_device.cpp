#include "protocols/ws/ws_device.hpp"

#include <algorithm>

#include "updraft/policy.hpp"

namespace updraft::link {
namespace {
constexpr auto kIdleSeconds = static_cast<std::uint64_t>(kWsIdleMs.count() / 1000);

constexpr Error kNoLogin{Code::auth_failed, Where::link};

constexpr std::uint32_t whole_blocks(std::uint32_t chunk) {
  constexpr std::uint32_t kBlock = 16;
  return std::max<std::uint32_t>(chunk / kBlock, 1) * kBlock;
}
}  // namespace

WsDevice::WsDevice(Intake& intake, Steering& steering, const Config& config)
    : WsMachine(whole_blocks(config.chunk)),
      intake_(intake),
      claim_(intake),
      steering_(steering),
      login_(config.login),
      targets_(config.targets),
      chunk_(whole_blocks(config.chunk)) {}

WsDevice::~WsDevice() { stop(gone()); }

void WsDevice::on_open(Instant now) {
  if (login_ != nullptr) return log_in(login_->on_open(now));
  greet();
}

void WsDevice::greet() {
  if (steering_.pending()) say(WsWord::check_rollback);
}

void WsDevice::log_in(const WsLogin::Says& says) {
  if (says.word == WsWord::login_wrong) {
    outcome_ = kNoLogin;
    intake_.never_began(kWs, kNoLogin);
  }
  say(says.word, says.number);
  if (says.word == WsWord::login_ok) {
    outcome_ = {};
    greet();
  }
  if (says.closes) close_with(WsClose::policy);
}

void WsDevice::on_lost(Instant) {
  if (stop(gone())) outcome_ = gone();
}

void WsDevice::go_away() {
  stop({Code::aborted, Where::device, received_, size_});
  close_with(WsClose::going_away);
}

void WsDevice::begin_message(bool binary, Instant) {
  if (binary) {
    ignore_ = state_ != State::updating;  // one that crossed our answer to a cancel
    message_at_ = received_;
  } else {
    text_.reset();
    text_read_ = {};
  }
}

void WsDevice::expect(bool binary, std::uint64_t size) {
  if (!binary || ignore_ || size <= size_ - message_at_) return;
  ignore_ = true;
  fail_with(WsWord::error_write, {Code::protocol, Where::link, message_at_ + size, size_});
}

void WsDevice::take(bool binary, Bytes piece, Instant now) {
  if (binary && !ignore_) arrived_ += piece.size();
  stop_waiting(now);
  if (close()) return;
  if (!binary) {
    if (text_read_) text_read_ = text_.push(piece);
  } else if (!ignore_) {
    take_chunk(piece);
  }
}

void WsDevice::take_chunk(Bytes piece) {
  received_ += piece.size();
  const Result<> written = claim_.write(piece);
  if (written) return;
  ignore_ = true;
  state_ = State::idle;
  tell(claim_.reached() ? WsWord::error_write : WsWord::error_start, written.error());
}

void WsDevice::end_message(bool binary, Instant now) {
  if (binary) return ignore_ ? void() : end_chunk();
  if (text_read_) text_read_ = text_.finish();
  if (!text_read_) return turn_away(WsWord::error_json, text_read_.error());
  obey(now);
}

void WsDevice::end_chunk() {
  if (received_ < size_) {
    // Asks for what the engine needs next: an update that was cut off goes on.
    const Result<std::uint64_t> next = claim_.resume_at(received_);
    if (!next) {
      state_ = State::idle;
      return tell(WsWord::error_write, next.error());
    }
    received_ = *next;
  }
  if (received_ < size_) return say(WsWord::next_chunk, received_);
  const Result<Taken> finished = claim_.finish();
  state_ = finished && *finished == Taken::installed ? State::installed : State::idle;
  if (!finished) return tell(WsWord::error_end, finished.error());
  outcome_ = {};
  say(finished && *finished == Taken::current ? WsWord::end_current : WsWord::end);
}

void WsDevice::refuse(bool binary, WsClose) {
  const WsWord word = binary ? WsWord::error_write : WsWord::error_json;
  turn_away(word, {Code::protocol, Where::link});
}

// What changes nothing may be said by anybody.
bool WsDevice::let_ask(std::string_view name) {
  if (login_ == nullptr || login_->passed()) return true;
  constexpr std::string_view kAsking[] = {"otaSize",  "otaRestartEsp", "otaRestartInto",
                                          "otaForce", "otaRetry",      "otaProcessRollback"};
  if (std::ranges::find(kAsking, name) == std::end(kAsking)) return true;
  fail_with(name == "otaSize" ? WsWord::error_start : WsWord::error_command, kNoLogin);
  return false;
}

void WsDevice::obey(Instant now) {
  const std::string_view name = text_.name();
  if (name == "otaLogin" && login_ != nullptr) log_in(login_->on_answer(text_.answer(), now));
  if (!let_ask(name)) return;
  if (targets_ != nullptr && targets_->hears(name, text_.value())) name_target();
  if (name == "otaSize") start();
  if (name == "otaRestartEsp") restart();
  if (name == "otaRestartInto") restart_into();
  if (name == "otaCancel") cancel();
  if (name == "otaProcessRollback") process_rollback();
  if (name == "otaRetry") let_in();
  if (name == "otaForce") again_ = text_.value() == "true";
  if (name == "otaError") {
    (void)stop(gone());
    say(WsWord::error_command);
  }
}

// A name that is not known must not leave the app as the target.
void WsDevice::name_target() {
  const Result<>& named = targets_->outcome();
  return named ? say(WsWord::target_named) : fail_with(WsWord::error_command, named.error());
}

// Once more within an update: from the beginning, as in the original.
void WsDevice::start() {
  (void)stop(gone());
  const std::uint64_t size = text_.number().value_or(0);
  if (size == 0) return fail_with(WsWord::error_size, {Code::protocol, Where::link});
  Offer offer{.scheme = kWs, .size = size, .sender_proved = logged_in(), .again = again_};
  if (targets_ != nullptr) targets_->aim(offer);
  if (const Result<> begun = claim_.announce(offer); !begun) {
    return tell(WsWord::error_start, begun.error());
  }
  state_ = State::updating;
  size_ = size;
  received_ = arrived_ = 0;
  waited_ = Millis{0};
  waiting_since_.reset();
  say(WsWord::set_chunk_size, chunk_);
  say(WsWord::first_chunk);
}

// The restart after an update belongs to it; any other one has to pass the gate.
void WsDevice::restart() {
  (void)stop(gone());
  if (state_ != State::installed) {
    const Result<> may = steering_.may_restart(kWs);
    const bool not_now = !may && may.error().code == Code::busy;
    if (logged_in() ? not_now : !may) {
      return fail_with(WsWord::error_command, may.error());
    }
  }
  wish_ = WsWish::restart;
  close_with(WsClose::going_away);
}

// Into the factory app, by its name: with one slot beside it an update can only come there.
void WsDevice::restart_into() {
  if (!may_decide()) return;
  (void)stop(gone());
  if (const Result<> chosen = steering_.restart_into(text_.value()); !chosen) {
    return fail_with(WsWord::error_command, chosen.error());
  }
  wish_ = WsWish::restart;
  close_with(WsClose::going_away);
}

void WsDevice::cancel() {
  (void)stop(gone());
  say(WsWord::cancelled);
}

// Everything but "true" means: keep it. To keep an image that is not on trial is no error.
void WsDevice::process_rollback() {
  const bool keeps = text_.value() != "true";
  if (keeps && !steering_.pending()) return;
  if (!may_decide()) return;
  if (keeps) {
    const Result<> kept = steering_.confirm();
    return kept ? void() : fail_with(WsWord::error_command, kept.error());
  }
  (void)stop(gone());
  if (const Result<> given_up = steering_.roll_back(RolledBack::went_back); !given_up) {
    return fail_with(WsWord::error_command, given_up.error());
  }
  wish_ = WsWish::roll_back;
  close_with(WsClose::going_away);
}

// A wish that is refused changes nothing, also not the update that runs.
bool WsDevice::may_decide() {
  if (logged_in()) return true;
  const Result<> may = steering_.may_decide(kWs);
  if (may) return true;
  if (state_ != State::updating) intake_.never_began(kWs, may.error());
  tell(WsWord::error_command, may.error());
  return false;
}

// The image is named by the first 16 hex digits of its digest.
void WsDevice::let_in() {
  if (!may_decide()) return;
  const std::optional<ImageName> image = parse_image_name(text_.value());
  const Result<> done = image ? steering_.let_in(*image) : fail(Code::protocol, Where::link);
  if (!done) return fail_with(WsWord::error_command, done.error());
}

bool WsDevice::stop(const Error& why) {
  if (state_ != State::updating) return false;
  state_ = State::idle;
  claim_.abort(why);
  return true;
}

void WsDevice::fail_with(WsWord word, const Error& why) {
  if (!stop(why)) intake_.never_began(kWs, why);
  tell(word, why);
}

// What nobody can read is no attempt, unless it breaks one that runs.
void WsDevice::turn_away(WsWord word, const Error& why) {
  (void)stop(why);
  tell(word, why);
}

void WsDevice::tell(WsWord word, const Error& why) {
  outcome_ = why;
  say(word);
}

void WsDevice::say(WsWord word, std::uint64_t number) {
  if (said_.full()) {  // it never reads
    (void)stop(gone());
    return close_with(WsClose::policy);
  }
  said_.push({word, number});
}

std::optional<WsMessage> WsDevice::next_message() {
  if (said_.empty()) return std::nullopt;
  const Said said = said_.front();
  said_.pop();
  if (said.word == WsWord::target_named) {
    return WsMessage{.bytes = as_bytes(ws_message(said.word, targets_->named(), room_))};
  }
  return WsMessage{.bytes = as_bytes(ws_message(said.word, said.number, room_))};
}

void WsDevice::on_waiting(Instant now) {
  if (state_ == State::updating && !waiting_since_) waiting_since_ = now;
}

std::optional<Instant> WsDevice::deadline() const {
  if (close()) return std::nullopt;
  if (login_ != nullptr && !login_->passed()) return login_->deadline();
  if (state_ != State::updating || !waiting_since_) return std::nullopt;
  return *waiting_since_ + kWsIdleMs;
}

void WsDevice::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || *due > now) return;
  state_ == State::updating ? give_up() : log_in(login_->on_deadline(now));
}

void WsDevice::stop_waiting(Instant now) {
  if (state_ != State::updating || !waiting_since_) return;
  waited_ += now - *waiting_since_;
  waiting_since_.reset();
  if (waited_ < kWsIdleMs) return;
  if (arrived_ < kIdleSeconds * kWsMinRate) return give_up();
  waited_ = Millis{0};
  arrived_ = 0;
}

void WsDevice::give_up() {
  fail_with(WsWord::error_write, {Code::timeout, Where::link, received_, size_});
  close_with(WsClose::policy);
}

}  // namespace updraft::link
