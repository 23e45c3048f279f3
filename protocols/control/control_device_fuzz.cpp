// A serial line to the control path's device: for any bytes, the engine hears sessions in order,
// the device sends whole frames, and it answers no more often than it was asked.
//
// Input: byte 0: StrictIntake's mood, bit 0: little memory. Then steps: an op byte (low 3 bits)
// with a count (high 5 bits); bytes that a step sends follow it.
#include <vector>

#include "protocols/control/control_device.hpp"
#include "tests/fuzz/check.hpp"
#include "tests/fuzz/strict_intake.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

class Line {
 public:
  Line(Intake& intake, MutableBytes memory, Bytes steps)
      : device_(intake, memory, {}), rest_(steps) {
    device_.on_connected(now_);
    settle();
  }
  void run() {
    while (!rest_.empty() && !closed()) step();
    wait(kControlIdleMs + kControlSilenceMs);
  }
  bool closed() const { return device_.phase() == Phase::closed; }
  const ControlDevice& device() const { return device_; }

 private:
  void step() {
    const std::uint8_t op = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    const std::size_t count = (op >> 3) + 1u;
    const auto form = op & 0x80 ? ControlForm::older : ControlForm::current;
    switch (op & 7) {
      case 0:
        return deliver(take(count));
      case 1:
        return frame(ControlEndpoint::response, take(count));
      case 2:
        return frame(ControlEndpoint::older, take(count));
      case 3:
        return request(form, {.id = control_id::kBegin, .uid = 1});
      case 4:
        return request(form, {.id = control_id::kWrite, .uid = 2, .ota_data = take(count)});
      case 5:
        return request(form, {.id = control_id::kEnd, .uid = 3});
      case 6:
        return wait(count * Millis{100});
      default:
        return wait(count * Millis{2'000});
    }
  }
  Bytes take(std::size_t count) {
    const Bytes part = rest_.first(std::min(rest_.size(), count));
    rest_ = rest_.subspan(part.size());
    return part;
  }
  void request(ControlForm form, const ControlMessage& message) {
    std::byte wire[128];
    deliver(Bytes(wire).first(encode_control_frame(form, message, wire)));
  }
  void frame(ControlEndpoint endpoint, Bytes data) {
    std::byte wire[kControlHeadBytes + 32];
    const std::size_t head = write_control_head(endpoint, data.size(), wire);
    std::ranges::copy(data, wire + head);
    deliver(Bytes(wire).first(head + data.size()));
  }
  void deliver(Bytes bytes) {
    heard_ += bytes.size();
    device_.on_bytes(bytes, now_);
    settle();
  }
  void settle() {
    std::byte reply[kControlReplyBytes];
    while (const std::size_t size = device_.write_to(reply)) {
      Bytes rx = Bytes(reply).first(size);
      const auto whole = heard_back_.next(rx);
      check(whole && rx.empty() && !heard_back_.partial(), "the device says whole frames");
      if (whole->endpoint != ControlEndpoint::event) ++replies_;
    }
    check(replies_ * 15 <= heard_, "an answer needs a question");
    if (!closed()) device_.on_waiting(now_);
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    for (int fired = 0; !closed() && device_.deadline() && *device_.deadline() <= until; ++fired) {
      check(fired < 64, "deadlines move on");
      now_ = std::max(now_, *device_.deadline());
      device_.on_deadline(now_);
      settle();
    }
    now_ = until;
  }

  ControlDevice device_;
  Bytes rest_;
  std::array<std::byte, kControlFrameBytes> memory_{};
  ControlFramer heard_back_{memory_};
  Instant now_{};
  std::size_t heard_ = 0, replies_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  fuzz::StrictIntake intake(kControl, data[0], fuzz::StrictIntake::many);
  std::vector<std::byte> memory(data[0] & 1 ? 96 : kControlFrameBytes);
  Line line(intake, memory, fuzz::input(data, size).subspan(1));
  line.run();
  check(!intake.in_session(), "an idle session is over");
  check(line.closed() == intake.finished(), "it restarts after a success, and only then");
  if (line.closed()) check(line.device().outcome().has_value(), "which is a success");
  return 0;
}
