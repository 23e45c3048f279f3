// The control path's host against a device that says anything: each request comes to one answer in
// its time, nothing is sent unasked, and no end follows a failed write.
//
// Input: byte 0 bit 0: the older form. Then steps as in control_device.cpp.
#include "protocols/control/control_host.hpp"
#include "tests/fuzz/check.hpp"

namespace {

using namespace updraft;
using namespace updraft::link;
using fuzz::check;

class Desk {
 public:
  Desk(ControlForm form, Bytes steps) : form_(form), host_(form), rest_(steps) {
    host_.on_connected(now_);
  }
  void run() {
    while (!rest_.empty()) step();
    wait(kControlSlowMs + kControlSilenceMs);
    check(!host_.waiting() && !host_.deadline(), "time ends every wait");
  }

 private:
  void step() {
    const std::uint8_t op = load_u8(rest_, 0);
    rest_ = rest_.subspan(1);
    const std::size_t count = (op >> 3) + 1u;
    switch (op & 7) {
      case 0:
        return deliver(take(count));
      case 1:
        return frame(ControlEndpoint::response, take(count));
      case 2:
        return frame(op & 0x80 ? ControlEndpoint::older : ControlEndpoint::event, take(count));
      case 3:
      case 4:
        return ask(count);
      case 5:
        return answer(count);
      case 6:
        return wait(count * Millis{500});
      default:
        if (count == 32) host_.on_lost(now_);
    }
  }
  Bytes take(std::size_t count) {
    const Bytes part = rest_.first(std::min(rest_.size(), count));
    rest_ = rest_.subspan(part.size());
    return part;
  }
  void ask(std::size_t what) {
    if (host_.waiting()) return;
    const bool had_session = host_.in_session();
    switch (what % 4) {
      case 0:
        host_.begin(now_);
        break;
      case 1:
        host_.write(take(what), now_);
        break;
      case 2:
        host_.end(now_);
        break;
      default:
        host_.ask_version(now_);
    }
    std::byte wire[kControlFrameBytes];
    const std::size_t size = host_.write_to(wire);
    check((size > 0) == host_.waiting(), "it waits for what it asked");
    const bool within = what % 4 == 1 || what % 4 == 2;
    check(!within || had_session || size == 0, "nothing of a session without one");
    ++uid_;
  }
  // What a device answers when all is well, or not, to a recent request.
  void answer(std::size_t how) {
    const ControlMessage message{.type = ControlType::response,
                                 .id = 216 + static_cast<std::uint32_t>(how % 3),
                                 .uid = host_uid(how),
                                 .has_payload = true,
                                 .resp = how & 16 ? -1 : 0};
    std::byte wire[64];
    deliver(Bytes(wire).first(encode_control_frame(form_, message, wire)));
  }
  std::int32_t host_uid(std::size_t how) const {
    return how & 8 ? 0 : static_cast<std::int32_t>(uid_ - (how & 4 ? 1 : 0));
  }
  void frame(ControlEndpoint endpoint, Bytes data) {
    std::byte wire[kControlHeadBytes + 32];
    const std::size_t head = write_control_head(endpoint, data.size(), wire);
    std::ranges::copy(data, wire + head);
    deliver(Bytes(wire).first(head + data.size()));
  }
  void deliver(Bytes bytes) {
    host_.on_bytes(bytes, now_);
    std::byte wire[64];
    check(host_.write_to(wire) == 0, "it never speaks unasked");
  }
  void wait(Millis time) {
    const Instant until = now_ + time;
    for (int fired = 0; host_.deadline() && *host_.deadline() <= until; ++fired) {
      check(fired < 8, "deadlines move on");
      now_ = std::max(now_, *host_.deadline());
      host_.on_deadline(now_);
    }
    now_ = until;
  }

  ControlForm form_;
  ControlHost host_;
  Bytes rest_;
  Instant now_{};
  std::int64_t uid_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const auto form = data[0] & 1 ? ControlForm::older : ControlForm::current;
  Desk(form, fuzz::input(data, size).subspan(1)).run();
  return 0;
}
