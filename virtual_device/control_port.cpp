#include "virtual_device/control_port.hpp"

namespace updraft::device {

class ControlPort::Line final : public ports::Connection {
 public:
  Line(Intake& intake, ControlPort& port, const link::ControlVersion& version)
      : port_(port), device_(intake, port.memory_, {.version = version}) {}
  link::Link& link() override { return device_; }
  void closed(const Result<>& outcome) override {
    if (outcome) port_.restart_();
  }

 private:
  ControlPort& port_;
  link::ControlDevice device_;
};

ControlPort::ControlPort(ports::Reactor& reactor, Intake& intake, const Options& options,
                         const link::ControlVersion& version,
                         const std::optional<ports::Pty::Handles>& left,
                         std::function<void()> restart)
    : pty_(left ? ports::Pty(*options.control, *left) : ports::Pty(*options.control)),
      memory_(link::kControlFrameBytes),
      restart_(std::move(restart)) {
  reactor.serial(pty_.fd(), std::make_unique<Line>(intake, *this, version));
}

}  // namespace updraft::device
