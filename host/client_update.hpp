// A whole update in one call: from a file or URL to a co-processor, until it is up again.
#pragma once
#include <expected>
#include <functional>
#include <string>

#include "updraft/control/client.hpp"

#include "host/payload.hpp"

namespace updraft::host {

struct ClientUpdateOptions {
  bool wait_for_restart = true;
  Millis restart_limit = control::kRestartMs;
  // After each piece: bytes sent, and of how many (0: not known). False: stop here.
  std::function<bool(std::uint64_t sent, std::uint64_t total)> progress;
  std::function<void()> into_rescue;  // its rescue app is up, and it is sent again
};

struct ClientUpdated {
  std::uint64_t bytes = 0;
  bool current = false;  // the device runs it already: nothing has changed
  bool back = false;     // the device was heard after its restart,
  std::string runs;      // and says that it is this
};

// The client is open. The payload is looked at before the device is asked for anything. To a device
// that restarts into its rescue app it is sent once more.
std::expected<ClientUpdated, SourceFailure> run_update(control::Client& client, Payload& payload,
                                                       const ClientUpdateOptions& options);

// "control:/dev/esps0" -> "/dev/esps0"; empty: that is no such target.
std::string control_device(const std::string& target);

// What happened, for people: the error of a Client.
std::string explain(const Error& error, const std::string& device);

}  // namespace updraft::host
