// The control path on a virtual device: a serial line for a host beside it, which stays open over
// restarts.
#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "updraft/intake.hpp"

#include "ports/linux/pty.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/control/control_device.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

class ControlPort {
 public:
  // `restart` is called when an update that came here is installed and its time is up. `left`: what
  // the device had open before its restart. All outlive the port.
  // Throws std::runtime_error where the line cannot be had.
  ControlPort(ports::Reactor& reactor, Intake& intake, const Options& options,
              const link::ControlVersion& version, const std::optional<ports::Pty::Handles>& left,
              std::function<void()> restart);

  ports::Pty::Handles keep_open() { return pty_.keep_open(); }

 private:
  class Line;

  ports::Pty pty_;
  std::vector<std::byte> memory_;
  std::function<void()> restart_;
};

}  // namespace updraft::device
