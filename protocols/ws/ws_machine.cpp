#include "protocols/ws/ws_machine.hpp"

namespace updraft::link {

std::optional<WsClose> WsMachine::judge(const WsFrameHead& head, bool binary) const {
  const bool goes_on = head.opcode == WsOpcode::continuation;
  if (goes_on != in_message_ || is_control(head.opcode)) return WsClose::protocol;
  if (fragments_ == kWsFragments) return WsClose::too_big;
  const std::uint64_t limit = binary ? binary_limit_ : kWsTextBytes;
  if (size_ > limit || head.length > limit - size_) return WsClose::too_big;
  return std::nullopt;
}

void WsMachine::on_frame(const WsFrameHead& head, Instant now) {
  if (close_) return;
  const bool goes_on = head.opcode == WsOpcode::continuation;
  const bool binary = goes_on ? binary_ : head.opcode == WsOpcode::binary;
  if (const auto why = judge(head, binary)) {
    refuse(binary, *why);
    return close_with(*why);
  }
  if (!in_message_) {
    in_message_ = true;
    binary_ = binary;
    begin_message(binary_, now);
  }
  ++fragments_;
  final_ = head.final;
  left_ = head.length;
  size_ += head.length;
  expect(binary_, size_);
  if (left_ == 0) end_frame(now);
}

void WsMachine::on_payload(Bytes piece, Instant now) {
  if (close_ || piece.empty() || piece.size() > left_) return;
  left_ -= piece.size();
  take(binary_, piece, now);
  if (left_ == 0) end_frame(now);
}

void WsMachine::end_frame(Instant now) {
  if (!final_ || close_) return;
  in_message_ = false;
  fragments_ = 0;
  size_ = 0;
  end_message(binary_, now);
}

}  // namespace updraft::link
