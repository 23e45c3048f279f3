// How far a transfer has come, again and again while it runs: a bar for people, events for
// machines.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>

#include "cli/progress_bar.hpp"
#include "cli/words/output.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::cli {

// May go before the reactor does, also while that still runs.
class SendProgress {
 public:
  struct State {
    std::uint64_t sent, total;
  };
  SendProgress(linux_port::Reactor& reactor, const Output& out) : reactor_(reactor), out_(out) {}
  void watch(std::function<State()> state);
  void finish();  // the function given to watch() is not called any more

 private:
  void tick();
  void show();

  linux_port::Reactor& reactor_;
  const Output& out_;
  std::function<State()> state_;
  ProgressBar bar_{"sending"};
  std::uint64_t shown_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>();  // the next tick() asks for it
};

}  // namespace updraft::cli
