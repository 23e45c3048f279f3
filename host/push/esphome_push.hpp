// Pushing by ESPHome's native OTA.
#pragma once
#include <string>
#include <vector>

#include "engine/crypto/secret.hpp"
#include "host/push/push_method.hpp"
#include "protocols/esphome/esphome_words.hpp"

namespace updraft::host {

class EsphomePush final : public PushMethod {
 public:
  const Protocol& protocol() const override { return kEsphome; }
  // Errors: those of EsphomeHost. The payload is read whole.
  Ended push(const PushTo& to, Payload& payload) override;

  std::string password;                   // "": there is none
  std::optional<crypto::Secret<32>> key;  // of Noise; nullopt: in the clear

  // What the device has shown of itself, once push() is back.
  std::uint8_t version = 0;  // of the protocol; 0: nobody answered
  std::optional<link::EsphomeHash> hash;
  bool extended = false;  // its header was the longer one
  bool gzip = false;      // it asked for that
};

}  // namespace updraft::host
