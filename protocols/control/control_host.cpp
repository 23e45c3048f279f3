#include "protocols/control/control_host.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace updraft::link {

using namespace control_id;

// Requests.

void ControlHost::begin(Instant now) {
  in_session_ = false;
  broken_.reset();
  begun_ = now;
  ask({.id = kBegin}, now, kControlSlowMs);
}

void ControlHost::write(Bytes data, Instant now) {
  if (!in_session_) return conclude(not_in_session(kWrite));
  if (data.empty() || data.size() > kOtaWrite) {
    return conclude(fail(Code::too_big, Where::link, data.size(), kOtaWrite));
  }
  ask({.id = kWrite, .ota_data = data}, now, kControlWriteMs);
}

void ControlHost::end(Instant now) {
  if (!in_session_) return conclude(not_in_session(kEnd));
  ask({.id = kEnd}, now, kControlSlowMs);
}

// What broke a session between two requests is told to the next one, once.
Result<> ControlHost::not_in_session(std::uint32_t request) {
  const std::optional<Where> broken = std::exchange(broken_, std::nullopt);
  return broken ? fail(Code::aborted, *broken, request)
                : fail(Code::no_session, Where::link, request);
}

void ControlHost::ask_version(Instant now, Millis limit) { ask({.id = kGetVersion}, now, limit); }

void ControlHost::give_up() {
  if (waiting()) conclude(fail(Code::aborted, Where::link, asked_));
}

void ControlHost::ask(const ControlMessage& request, Instant now, Millis limit) {
  ControlMessage message = request;
  uid_ = uid_ == std::numeric_limits<std::int32_t>::max() ? 1 : uid_ + 1;
  message.uid = uid_;
  const std::size_t size = encode_control_frame(form_, message, request_);
  if (size == 0) return conclude(fail(Code::not_wanted, Where::link, request.id));
  asked_ = request.id;
  if (lost_) return conclude(fail(Code::aborted, Where::link, asked_));
  unsent_ = Bytes(request_).first(size);
  due_ = now + limit;
  if (in_session_) due_ = std::min(due_, begun_ + kPaceTotalMs);
}

// What happened.

void ControlHost::on_connected(Instant now) {
  heard_at_ = now;
  lost_ = false;
  in_session_ = false;
  broken_.reset();
  framer_ = ControlFramer(memory_);
}

void ControlHost::on_bytes(Bytes rx, Instant now) {
  heard_at_ = now;
  look_for_frames(rx);
}

void ControlHost::on_lost(Instant) {
  lost_ = true;
  break_session(Where::link);
}

void ControlHost::break_session(Where by) {
  if (waiting()) {
    conclude(fail(Code::aborted, by, asked_));
  } else if (in_session_) {
    broken_ = by;
  }
  in_session_ = false;
}

void ControlHost::on_deadline(Instant now) {
  if (framer_.partial() && now >= heard_at_ + kControlSilenceMs) {
    while (framer_.partial()) {
      framer_.give_up();
      look_for_frames({});
    }
  }
  if (waiting() && now >= due_) conclude(fail(Code::timeout, Where::link, asked_));
}

std::optional<Instant> ControlHost::deadline() const {
  if (lost_) return std::nullopt;
  std::optional<Instant> next;
  if (waiting()) next = due_;
  if (framer_.partial()) {
    const Instant silence = heard_at_ + kControlSilenceMs;
    next = next ? std::min(*next, silence) : silence;
  }
  return next;
}

std::size_t ControlHost::write_to(MutableBytes tx) {
  const Bytes part = unsent_.first(std::min(unsent_.size(), tx.size()));
  std::ranges::copy(part, tx.begin());
  unsent_ = unsent_.subspan(part.size());
  return part.size();
}

// Frames and messages.

void ControlHost::look_for_frames(Bytes rx) {
  while (const std::optional<ControlFrame> frame = framer_.next(rx)) take(*frame);
}

void ControlHost::take(const ControlFrame& frame) {
  const bool older = frame.endpoint == ControlEndpoint::older;
  if (older != (form_ == ControlForm::older)) return;
  const std::optional<ControlMessage> message = decode_control(form_, frame.data);
  if (!message) return;
  if (message->type == ControlType::event) take_event(*message);
  if (message->type == ControlType::response) take_response(*message);
}

void ControlHost::take_event(const ControlMessage& event) {
  if (event.id == kHeartbeat) ++heartbeats_;
  if (event.id != kInit) return;
  ++restarts_;
  if (in_session_) break_session(Where::device);
}

// Old firmware answers with uid 0.
void ControlHost::take_response(const ControlMessage& response) {
  const bool ours = response.uid == uid_ || response.uid == 0;
  if (!waiting() || !unsent_.empty() || !ours || response.id != asked_ + kToResponse) return;
  if (!response.has_payload) return conclude(fail(Code::protocol, Where::link, asked_));
  if (response.resp == kControlIntoRescue) {
    return conclude(fail(Code::rescue_first, Where::device, asked_));
  }
  if (response.resp != 0) return conclude(fail(Code::not_wanted, Where::link, asked_));
  if (asked_ == kGetVersion) version_ = response.version;
  current_ = asked_ == kEnd && response.current;
  conclude({});
}

// A session is open from the answer to begin until the answer to end; after a failure only a new
// begin may follow.
void ControlHost::conclude(Result<> answer) {
  answer_ = answer;
  if (asked_ == kBegin || asked_ == kWrite || asked_ == kEnd) {
    in_session_ = answer.has_value() && asked_ != kEnd;
  }
  asked_ = 0;
  unsent_ = {};
}

}  // namespace updraft::link
