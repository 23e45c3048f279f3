// Pushing by WebSocket: the update page's job from outside, and what becomes of the image then.
#pragma once
#include <functional>
#include <optional>
#include <string>

#include "host/push/push_method.hpp"
#include "host/push/tls_trust.hpp"
#include "host/push/ws_client.hpp"

namespace updraft::host {

class WsPush final : public PushMethod {
 public:
  // What to do with an image that is on trial before.
  enum class Pending : std::uint8_t { refuse, keep, go_back };

  const Protocol& protocol() const override { return kWs; }
  // All of the payload is read first, as its size is told before it. What the device runs already
  // is not sent, and is a success. Errors besides the machine's: rolled_back (`runs` has what runs
  // instead); known_bad, downgrade, alg_unsupported (it does not inflate; nothing was sent).
  Ended push(const PushTo& to, Payload& payload) override;

  bool restart = false;  // into the new image
  bool confirm = false;  // it, as soon as it runs; restarts into it
  Pending pending = Pending::refuse;
  TlsTrust trust;
  // Of the image that shall run then; nullopt: not known, and any that stays is right.
  std::optional<std::string> digest;  // 16 hex digits, as the status has them
  std::string version, project;       // empty: not known
  bool force = false;                 // send it also if it runs there already, or is older
  AskPassword password;               // called once if the device wants one
  bool compress = false;              // pack it with the window that the device says it has
  // What is sent in place of the payload to a device that says this of itself (nothing, where it
  // has no status); it stays where it is until push() is back. Empty: the payload.
  std::function<Bytes(const DeviceStatus& device)> choose;
  std::string target;    // what it is for, if not the app: "fs:web"
  bool one_way = false;  // of data: without a way back, if there is no room for one
  bool retry = false;    // let it in again if it was rolled back there
};

}  // namespace updraft::host
