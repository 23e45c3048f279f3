// A co-processor on a pty, in a thread of this process: the real device machine, an engine that
// records its calls, and a restart that takes no time.
#pragma once
#include <atomic>
#include <filesystem>
#include <thread>

#include "ports/linux/pty.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/control/control_device.hpp"
#include "tests/fakes/fake_intake.hpp"

namespace updraft::host {

class CoProcessor {
 public:
  CoProcessor()
      : link_(std::filesystem::temp_directory_path() /
              ("updraft-esps0-" + std::to_string(getpid()))),
        pty_(link_) {
    start();
    thread_ = std::thread([this] { reactor_.run(); });
  }
  ~CoProcessor() {
    reactor_.stop();
    thread_.join();
  }
  std::string path() const { return link_.string(); }
  unsigned restarts() const { return restarts_; }

  // Only while no client talks to it.
  fakes::FakeIntake intake;

 private:
  class Line final : public linux_port::Connection {
   public:
    explicit Line(CoProcessor& owner)
        : owner_(owner),
          device_(owner.intake, owner.memory_,
                  {.version = {Text<31>(std::string_view("FG")), {1, 2, 3, owner.restarts_, 0}},
                   .restart_after = Millis{20}}) {}
    link::Link& link() override { return device_; }
    void closed(const Result<>&) override {
      ++owner_.restarts_;
      owner_.start();
    }

   private:
    CoProcessor& owner_;
    link::ControlDevice device_;
  };
  void start() { reactor_.serial(pty_.fd(), std::make_unique<Line>(*this)); }

  std::filesystem::path link_;
  linux_port::Pty pty_;
  std::vector<std::byte> memory_ = std::vector<std::byte>(link::kControlFrameBytes);
  std::atomic<unsigned> restarts_ = 0;
  linux_port::Reactor reactor_;
  std::thread thread_;
};

}  // namespace updraft::host
