#include "virtual_device/strangers.hpp"

#include <utility>

namespace updraft::device {

// The first one is told of at once: somebody may just be trying the port.
void Strangers::count() {
  ++counted_;
  begin_minute();
}

bool Strangers::shows_refusal() {
  if (shown_ == kRefusalsShown) {
    count();
    return false;
  }
  ++shown_;
  if (!in_minute_) begin_minute();
  return true;
}

void Strangers::begin_minute() {
  if (std::exchange(in_minute_, true)) return;
  tell();
  reactor_.after(kStrangersMs, [this] {
    in_minute_ = false;
    shown_ = 0;
    if (counted_ > 0) begin_minute();
  });
}

void Strangers::tell() {
  if (counted_ > 0) events_.on_strangers(std::exchange(counted_, 0));
}

}  // namespace updraft::device
