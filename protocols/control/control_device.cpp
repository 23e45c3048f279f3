#include "protocols/control/control_device.hpp"

#include <algorithm>
#include <utility>

namespace updraft::link {

using namespace control_id;

// What happened.

void ControlDevice::on_connected(Instant now) {
  heard_at_ = now;
  say(ControlForm::current, {.type = ControlType::event, .id = kInit, .has_payload = true});
}

void ControlDevice::on_bytes(Bytes rx, Instant now) {
  heard_at_ = now;
  just_heard_ = true;
  look_for_frames(rx);
}

void ControlDevice::on_lost(Instant) {
  if (session_ == Session::open) claim_.abort({Code::aborted, Where::link});
  if (session_ == Session::installed) outcome_ = {};
  session_ = Session::none;
  closed_ = true;
}

// The clocks start after the work on the bytes that arrived: time on flash is not the host's
// silence.
void ControlDevice::on_waiting(Instant now) {
  if (just_heard_) heard_at_ = now;
  just_heard_ = false;
  if (session_ == Session::open && !idle_since_) idle_since_ = now;
  if (session_ == Session::installed && !restart_at_) restart_at_ = now + config_.restart_after;
  if (heartbeat_ > Millis{0} && !next_heartbeat_) next_heartbeat_ = now + heartbeat_;
}

void ControlDevice::on_deadline(Instant now) {
  if (framer_.partial() && now >= heard_at_ + kControlSilenceMs) {
    while (framer_.partial()) {
      framer_.give_up();
      look_for_frames({});
    }
  }
  if (session_ == Session::open && idle_since_ && now >= *idle_since_ + kControlIdleMs) {
    claim_.abort({Code::timeout, Where::link});
    session_ = Session::none;
  }
  if (next_heartbeat_ && now >= *next_heartbeat_) {
    next_heartbeat_ = now + heartbeat_;
    say(ControlForm::current,
        {.type = ControlType::event, .id = kHeartbeat, .number = ++heartbeats_});
  }
  if (restart_at_ && now >= *restart_at_) {
    outcome_ = {};
    closed_ = true;
  }
}

std::optional<Instant> ControlDevice::deadline() const {
  if (closed_) return std::nullopt;
  std::optional<Instant> next;
  const auto sooner = [&next](Instant when) { next = next ? std::min(*next, when) : when; };
  if (framer_.partial()) sooner(heard_at_ + kControlSilenceMs);
  if (session_ == Session::open && idle_since_) sooner(*idle_since_ + kControlIdleMs);
  if (next_heartbeat_) sooner(*next_heartbeat_);
  if (restart_at_) sooner(*restart_at_);
  return next;
}

std::size_t ControlDevice::write_to(MutableBytes tx) {
  if (replies_.empty()) return 0;
  const Reply& reply = replies_.front();
  std::ranges::copy(Bytes(reply.bytes).first(reply.size), tx.begin());
  const std::size_t size = reply.size;
  replies_.pop();
  return size;
}

// Frames and messages.

void ControlDevice::look_for_frames(Bytes rx) {
  while (!closed_) {
    const std::optional<ControlFrame> frame = framer_.next(rx);
    if (!frame) return;
    take(*frame);
  }
}

void ControlDevice::take(const ControlFrame& frame) {
  if (frame.endpoint == ControlEndpoint::event || replies_.full()) return;
  const ControlForm form =
      frame.endpoint == ControlEndpoint::older ? ControlForm::older : ControlForm::current;
  const std::optional<ControlMessage> request = decode_control(form, frame.data);
  if (!request || request->type > ControlType::request) return;
  if (request->id >= kFirstRequest && request->id <= kLastRequest) answer(form, *request);
}

void ControlDevice::answer(ControlForm form, const ControlMessage& request) {
  bool done = false;
  current_ = into_rescue_ = false;
  switch (request.id) {
    case kBegin:
      done = begin();
      break;
    case kWrite:
      done = write(request);
      break;
    case kEnd:
      done = end();
      break;
    case kGetVersion:
      done = true;
      break;
    case kConfigHeartbeat:
      done = request.has_payload && beat(request.seconds);
      break;
    default:
      break;
  }
  say(form, {.type = ControlType::response,
             .id = request.id + kToResponse,
             .uid = request.uid,
             .has_payload = true,
             .resp = done           ? 0
                     : into_rescue_ ? kControlIntoRescue
                                    : -1,
             .current = current_,
             .version = config_.version});
}

void ControlDevice::say(ControlForm form, const ControlMessage& message) {
  if (replies_.full()) return;
  Reply& reply = replies_.next();
  const std::size_t size = encode_control_frame(form, message, reply.bytes);
  if (size == 0) return;
  reply.size = static_cast<std::uint8_t>(size);
  replies_.push();
}

// The update.

bool ControlDevice::begin() {
  if (session_ == Session::installed) return false;
  if (session_ == Session::open) claim_.abort({Code::aborted, Where::link});
  const Offer offer{.scheme = kControl, .padding = kControlPadding};
  session_ = claim_.announce(offer) ? Session::open : Session::none;
  idle_since_.reset();
  return session_ == Session::open;
}

bool ControlDevice::write(const ControlMessage& request) {
  if (session_ != Session::open) return false;
  idle_since_.reset();
  const std::size_t size = request.ota_data.size();
  if (size == 0 || size > kControlWrite) {
    claim_.abort({Code::protocol, Where::link, size, kControlWrite});
    session_ = Session::failed;
  } else if (const Result<> written = claim_.write(request.ota_data); !written) {
    into_rescue_ = written.error().code == Code::rescue_first;
    session_ = Session::failed;
  }
  return session_ == Session::open;
}

bool ControlDevice::end() {
  if (session_ == Session::installed) return false;
  const bool open = std::exchange(session_, Session::none) == Session::open;
  const Result<Taken> taken = open ? claim_.finish() : fail(Code::no_session, Where::link);
  if (taken && *taken == Taken::installed) session_ = Session::installed;
  current_ = taken && *taken == Taken::current;
  into_rescue_ = !taken && taken.error().code == Code::rescue_first;
  return taken.has_value();
}

bool ControlDevice::beat(std::uint32_t seconds) {
  if (seconds != 0 && (seconds < kLeastHeartbeat || seconds > kMostHeartbeat)) return false;
  heartbeat_ = std::chrono::seconds(seconds);
  next_heartbeat_.reset();
  return true;
}

}  // namespace updraft::link
