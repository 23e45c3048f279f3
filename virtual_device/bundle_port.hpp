// Socket bundle on a virtual device: a listener that takes files and firmware from who knows the
// password.
#pragma once
#include <functional>
#include <vector>

#include "ports/linux/reactor.hpp"
#include "protocols/bundle/bundle_device.hpp"
#include "protocols/bundle/bundle_installer.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

class BundlePort {
 public:
  // `closed` hears how every connection ended, after the observers. All outlive the port.
  using Closed = std::function<void(const Result<>& outcome)>;
  BundlePort(ports::Reactor& reactor, Updater& updater, FileTransaction& files,
             const Options& options, Closed closed);

  // Returns the real port. Error: unreachable (address or port cannot be had).
  Result<std::uint16_t> listen(std::uint16_t port);
  bool restart_due() const { return installer_.restart_due(); }

 private:
  ports::Reactor& reactor_;
  const Options& options_;
  Closed closed_;
  BundleInstaller installer_;
  std::vector<std::byte> list_memory_;
  link::BundleShared shared_;
};

}  // namespace updraft::device
