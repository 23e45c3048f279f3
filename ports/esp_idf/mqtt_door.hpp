// A topic of a broker: connects, subscribes, and connects again when the broker was lost. While an
// image is on trial it stays away: nothing could be taken. 2 KB of RAM.
#pragma once
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/lookup.hpp"
#include "ports/esp_idf/mqtt_url.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/link/backoff.hpp"
#include "protocols/mqtt/mqtt_device.hpp"

namespace updraft::esp_idf {

class MqttDoor final : public Door {
 public:
  // If the configuration has a broker. Errors: ESP_ERR_INVALID_ARG (no such URL, a login that is
  // too long, a key that does not fit), ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  MqttDoor(const DoorContext& context, const MqttUrl& url,
           const std::optional<link::LinkCipher>& cipher);
  link::Link* open(link::Origin from) override;
  void closed(link::Link& link, const Result<>& outcome) override;
  bool turn(Instant now, SocketDriver& sockets) override;

 private:
  void connect(SocketDriver& sockets);
  void lost();

  const DoorContext& context_;
  MqttUrl url_;
  link::MqttClientId client_;
  std::optional<link::LinkDecryptor> decryptor_;
  std::optional<link::MqttDevice> device_;
  Lookup lookup_;
  link::Backoff backoff_;
  Instant next_{};
};

}  // namespace updraft::esp_idf
