// A topic of a broker: connects, subscribes, and connects again when the broker was lost. While an
// image is on trial it stays away: nothing could be taken. 2 KB of RAM, with TLS 4 KB.
#pragma once
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/lookup.hpp"
#include "ports/esp_idf/mqtt_url.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/link/backoff.hpp"
#include "protocols/link/link_decryptor.hpp"
#include "protocols/mqtt/mqtt_device.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_MQTT_TLS
#include "ports/esp_idf/tls_link.hpp"
#endif

namespace updraft::esp_idf {

class MqttDoor final : public Door {
 public:
  // If the configuration has a broker. Errors: ESP_ERR_INVALID_ARG (no such URL, a login that is
  // too long, a key that does not fit, mqtt_ca is no certificate), ESP_ERR_NOT_SUPPORTED (mqtts://,
  // and menuconfig left TLS out), ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door);

  MqttDoor(const DoorContext& context, const MqttUrl& url,
           const std::optional<link::LinkCipher>& cipher);
  link::Link* open(link::Origin from) override;
  void closed(link::Link& link, const Result<>& outcome) override;
  bool turn(Instant now, SocketDriver& sockets) override;

 private:
  esp_err_t set_up_tls();
  void connect(SocketDriver& sockets);
  void lost();

  const DoorContext& context_;
  MqttUrl url_;
  link::MqttClientId client_;
  std::optional<link::LinkDecryptor> decryptor_;
  std::optional<link::MqttDevice> device_;
#ifdef CONFIG_UPDRAFT_MQTT_TLS
  std::optional<TlsTerms> terms_;  // of mqtts://
  std::optional<TlsLink> tls_;     // around device_
#endif
  Lookup lookup_;
  link::Backoff backoff_;
  Instant next_{};
};

}  // namespace updraft::esp_idf
