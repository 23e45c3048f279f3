// What is printed while a push runs: a bar and lines for people, events for machines.
#pragma once
#include <cstdint>
#include <string>
#include <utility>

#include "cli/progress_bar.hpp"
#include "cli/words/output.hpp"
#include "host/push/push_to.hpp"

namespace updraft::cli {

class PushPrinter final : public host::PushWatcher {
 public:
  // `whom`: who is tried, while nobody answers. Progress events are at least `step` bytes
  // apart, except the last one.
  PushPrinter(const Output& out, std::string whom, std::uint64_t step = 0)
      : out_(out), whom_(std::move(whom)), step_(step) {}
  void trying(Millis since) override {
    if (!out_.json()) bar_.trying(whom_, since);
  }
  void tried() override { bar_.tried(); }
  void progress(std::uint64_t sent, std::uint64_t total) override;
  void transfer_over() override { bar_.finish(); }
  void found(const host::DeviceStatus& status) override;
  void restarting() override;
  void into_rescue() override;
  void on_trial(const host::DeviceStatus& status) override;

 private:
  const Output& out_;
  std::string whom_;
  std::uint64_t step_;
  std::uint64_t shown_ = 0;
  ProgressBar bar_{"sending"};
};

}  // namespace updraft::cli
