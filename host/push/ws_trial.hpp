// Keeping, rolling back and restarting by WebSocket.
#pragma once
#include "host/push/tls_trust.hpp"
#include "host/push/trial_method.hpp"
#include "host/push/ws_client.hpp"

namespace updraft::host {

class WsTrial final : public TrialMethod {
 public:
  const Protocol& protocol() const override { return kWs; }
  // Errors besides the machine's: protocol (it was told to keep its image, and has not). `runs` is
  // empty for an original device, which does not say.
  Ended decide(const PushTo& to, TrialEnd end) override;
  Ended restart(const PushTo& to, const std::string& into) override;

  TlsTrust trust;
  AskPassword password;  // called once if the device wants one
};

}  // namespace updraft::host
