// Pushing a bare image over a serial line. No answer comes back but that each piece was taken.
#pragma once
#include <optional>

#include "host/push/push_method.hpp"
#include "protocols/link/link_cipher.hpp"

namespace updraft::host {

class UartPush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kUart; }
  // Ended::refusal has text of the line that was no answer of such a device, its beginning.
  Ended push(const PushTo& to, Payload& payload) override;

  std::optional<link::LinkCipher> cipher;
  unsigned baud = 115'200;  // one of kBauds (host/serial_device.hpp)
};

}  // namespace updraft::host
