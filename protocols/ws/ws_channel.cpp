#include "protocols/ws/ws_channel.hpp"

#include <algorithm>

namespace updraft::link {
namespace {
constexpr std::size_t kPiece = 1024;  // payload that is unmasked at a time
}

void WsChannel::on_bytes(Bytes rx, Instant now) {
  while (!rx.empty() && state_ == State::open) {
    if (!reader_.in_frame()) {
      const Result<bool> complete = reader_.take_head(rx);
      if (!complete) {
        machine_.on_lost(now);
        return close_with(WsClose::protocol);
      }
      if (!*complete) return;
      begin_frame(now);
    } else {
      take(rx, now);
    }
    if (reader_.frame_ended() && is_control(reader_.head().opcode)) end_control(now);
  }
}

void WsChannel::begin_frame(Instant now) {
  if (is_control(reader_.head().opcode)) {
    control_size_ = 0;
  } else {
    machine_.on_frame(reader_.head(), now);
    if (const auto why = machine_.close()) close_with(*why);
  }
}

void WsChannel::take(Bytes& rx, Instant now) {
  std::array<std::byte, kPiece> room;
  const Bytes piece = reader_.take_payload(rx, room);
  // A control frame's payload is no longer than control_: the reader refuses its head otherwise.
  if (is_control(reader_.head().opcode)) {
    std::ranges::copy(piece, control_.begin() + static_cast<std::ptrdiff_t>(control_size_));
    control_size_ += piece.size();
  } else {
    machine_.on_payload(piece, now);
    if (const auto why = machine_.close()) close_with(*why);
  }
}

void WsChannel::end_control(Instant now) {
  switch (reader_.head().opcode) {
    case WsOpcode::ping:
      pong_ = control_;
      pong_size_ = control_size_;
      return;
    case WsOpcode::close:
      machine_.on_lost(now);
      return close_with(WsClose::normal);
    default:
      return;  // pong
  }
}

void WsChannel::close_with(WsClose why) {
  if (state_ != State::open) return;
  state_ = State::closing;
  close_ = why;
}

void WsChannel::on_lost(Instant now) {
  if (state_ == State::open) machine_.on_lost(now);
  state_ = State::closed;
}

void WsChannel::on_waiting(Instant now) {
  if (state_ == State::open) machine_.on_waiting(now);
  if (const auto why = machine_.close()) close_with(*why);
  if (state_ == State::closing && !closing_since_) closing_since_ = now;
}

std::optional<Instant> WsChannel::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ == State::open) return machine_.deadline();
  if (closing_since_) return *closing_since_ + kWsCloseMs;
  return std::nullopt;
}

void WsChannel::on_deadline(Instant now) {
  if (state_ == State::open) {
    machine_.on_deadline(now);
    if (const auto why = machine_.close()) close_with(*why);
  } else if (const auto due = deadline(); due && *due <= now) {
    state_ = State::closed;
  }
}

std::size_t WsChannel::write_to(MutableBytes tx) {
  std::size_t size = 0;
  while (size < tx.size() && state_ != State::closed) {
    if (head_left_.empty() && payload_left_.empty() && !next_frame()) break;
    const std::size_t head = std::min(head_left_.size(), tx.size() - size);
    std::ranges::copy(head_left_.first(head), tx.begin() + static_cast<std::ptrdiff_t>(size));
    head_left_ = head_left_.subspan(head);
    size += head;
    const std::size_t payload = std::min(payload_left_.size(), tx.size() - size);
    apply_ws_mask(mask_, phase_, payload_left_.first(payload), tx.subspan(size));
    payload_left_ = payload_left_.subspan(payload);
    phase_ += payload;
    size += payload;
  }
  if (close_sent_ && head_left_.empty() && payload_left_.empty()) state_ = State::closed;
  return size;
}

// Messages before the close frame, so that a refused peer reads why.
bool WsChannel::next_frame() {
  if (state_ == State::open) {
    if (const auto why = machine_.close()) close_with(*why);
  }
  if (pong_ && !close_sent_) {
    std::ranges::copy(*pong_, sent_control_.begin());
    pong_.reset();
    frame(WsOpcode::pong, Bytes(sent_control_).first(pong_size_));
    return true;
  }
  if (close_sent_) return false;
  if (const std::optional<WsMessage> message = machine_.next_message()) {
    frame(message->binary ? WsOpcode::binary : WsOpcode::text, message->bytes);
    return true;
  }
  if (!close_) return false;
  store_be(MutableBytes(sent_control_).first(2), static_cast<std::uint16_t>(*close_));
  frame(WsOpcode::close, Bytes(sent_control_).first(2));
  close_sent_ = true;
  return true;
}

void WsChannel::frame(WsOpcode opcode, Bytes payload) {
  const bool masks = side_ == WsSide::client;
  if (masks) random_(mask_);
  const std::size_t size =
      write_ws_head({opcode, true, payload.size()}, masks ? &mask_ : nullptr, head_);
  head_left_ = Bytes(head_).first(size);
  payload_left_ = payload;
  phase_ = 0;
}

}  // namespace updraft::link
