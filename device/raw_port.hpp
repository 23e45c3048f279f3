// Raw TCP on a virtual device: a listener, or a connection to a host that serves.
#pragma once
#include <functional>

#include "updraft/core/intake.hpp"
#include "updraft/link/raw_decryptor.hpp"

#include "device/options.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::device {

class RawPort {
 public:
  // `closed` hears of every connection that ended: how, and whether the update engine has told its
  // observers already. All outlive the port.
  using Closed = std::function<void(const Result<>& outcome, bool told)>;
  RawPort(ports::Reactor& reactor, Intake& intake, std::uint32_t slot_bytes, const Options& options,
          Closed closed);

  // Returns the real port. Error: unreachable (address or port cannot be had).
  Result<std::uint16_t> listen(std::uint16_t port);
  void pull();  // once, from options.pull_host

 private:
  std::unique_ptr<ports::Connection> make_connection();

  ports::Reactor& reactor_;
  Intake& intake_;
  std::uint32_t slot_bytes_;
  const Options& options_;
  Closed closed_;
  std::optional<link::RawDecryptor> decryptor_;
};

}  // namespace updraft::device
