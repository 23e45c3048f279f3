// Native push: over as many connections as it takes, until the new image runs and is confirmed.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "host/push/push_method.hpp"
#include "protocols/native/native_host.hpp"
#include "protocols/native/native_pairing.hpp"

namespace updraft::host {

class NativePush final : public PushMethod {
 public:
  // What is pushed, in its parts; they stay where they are until push() is back.
  using Parts = link::NativePackage;
  const Protocol& protocol() const override { return kNative; }
  // Errors besides those that the device tells: not_paired; unreachable (five connections in a row
  // brought nothing on); timeout (it did not confirm, or is not back); rolled_back.
  Ended push(const PushTo& to, Payload& payload) override;

  link::Pairing pairing;
  bool restart = true;
  bool wait = true;      // until it is confirmed
  bool confirm = false;  // as soon as it runs
  // Makes the parts of the payload for a device that says this of itself; `class_id`: 32 hex
  // digits, or empty.
  std::function<Parts(Bytes payload, const DeviceStatus& device, std::string_view class_id)> parts;

  // Of the transfer, once push() is back.
  std::uint64_t data_bytes = 0;  // that were sent
  std::uint64_t total_bytes = 0;
  unsigned connections = 0;  // it took
  // The version that the device holds, where the payload was a KeySet: it has no parts.
  std::uint64_t key_set = 0;
};

}  // namespace updraft::host
