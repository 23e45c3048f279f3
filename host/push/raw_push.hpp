// Pushing by raw TCP: one stream, encrypted if there is a key. No answer comes back, so all that is
// known is that the device took everything; a device that also has an update page can be asked.
#pragma once
#include <optional>
#include <string>

#include "host/push/push_method.hpp"
#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

class RawPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kRaw; }
  // Errors besides the machine's: those of WsWitness, where there is one. Ended::refusal has what a
  // peer said that is no such device.
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::LinkCipher> cipher;
  std::optional<Url> witness;         // ws:// of the same device
  std::optional<std::string> digest;  // of the image, as the status has it; nullopt: not known

 private:
  Ended send(const PushTo& to, Payload& payload) const;
};

}  // namespace updraft::host
