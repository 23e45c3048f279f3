#include "cli/send_progress.hpp"

namespace updraft::cli {
namespace {
constexpr Millis kProgressEvery{50};
}

void SendProgress::watch(std::function<State()> state) {
  state_ = std::move(state);
  tick();
}

void SendProgress::finish() {
  show();
  state_ = nullptr;
  bar_.finish();
}

void SendProgress::tick() {
  if (!state_) return;
  show();
  reactor_.after(kProgressEvery, [this, alive = std::weak_ptr<int>(alive_)] {
    if (!alive.expired()) tick();
  });
}

void SendProgress::show() {
  if (!state_) return;
  const auto [sent, total] = state_();
  if (sent == 0) return;
  if (!out_.json()) return bar_.show(sent, total);
  if (sent == shown_) return;
  shown_ = sent;
  out_.event({{"event", "progress"}, {"sent", sent}, {"total", total}});
}

}  // namespace updraft::cli
