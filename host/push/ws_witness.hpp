// Asks a device by its status document what became of an update that went to it by a protocol that
// brings no answer.
#pragma once
#include <optional>
#include <string>

#include "host/push/ws_client.hpp"

namespace updraft::host {

// The same job, at the device's page.
PushTo witness_of(const PushTo& to, const Url& page);

class WsWitness {
 public:
  // `page` outlives it. Plain ws:// only.
  explicit WsWitness(const PushTo& page) : client_(page, {}) {}

  // Before the update. Errors: those of WsClient::status(); http_status: it has no status document,
  // so it could not tell.
  Result<> look();

  // After the device took everything: fills in what runs then. `digest` of the image that was sent,
  // as the status has it; nullopt: not known. Errors, in the outcome: not_wanted (`judged` tells),
  // rolled_back, unreachable (`lost`).
  void follow(Ended& ended, const std::optional<std::string>& digest);
  // After it closed early: `judged`, where it has handed the update over to its rescue app.
  void ask_why(Ended& ended);

 private:
  std::optional<DeviceStatus::Last> verdict();

  WsClient client_;
  std::optional<DeviceStatus> before_;
};

}  // namespace updraft::host
