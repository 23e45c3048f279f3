// Where updates reach a virtual device by one scheme: a listener, or connections to a host that
// serves. The one place that knows which machine speaks which scheme.
#pragma once
#include <functional>

#include "updraft/intake.hpp"

#include "ports/linux/reactor.hpp"
#include "protocols/raw/raw_decryptor.hpp"
#include "virtual_device/options.hpp"

namespace updraft::device {

class UpdatePort {
 public:
  // `closed` hears how every connection ended, after the observers. All outlive the port.
  using Closed = std::function<void(const Result<>& outcome)>;
  UpdatePort(Scheme scheme, ports::Reactor& reactor, Intake& intake, std::uint32_t slot_bytes,
             const Options& options, Closed closed);

  // Returns the real port. Error: unreachable (address or port cannot be had).
  Result<std::uint16_t> listen(std::uint16_t port);
  void connect(const std::string& host, std::uint16_t port);  // once

 private:
  std::unique_ptr<ports::Connection> make_connection();

  Scheme scheme_;
  ports::Reactor& reactor_;
  Intake& intake_;
  std::uint32_t slot_bytes_;
  const Options& options_;
  Closed closed_;
  std::optional<link::RawDecryptor> decryptor_;  // of raw
};

}  // namespace updraft::device
