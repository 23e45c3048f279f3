// ArduinoOTA: a UDP port for invitations, and one connection back at a time. 4 KB of RAM.
#pragma once
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/socket_driver.hpp"
#include "protocols/arduino/arduino_device.hpp"

namespace updraft::esp_idf {

class ArduinoDoor final : public Door {
 public:
  // `door` stays empty without a port. Error: ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    if (context.config.arduino_port == 0) return ESP_OK;
    door = make_owned<ArduinoDoor>(context);
    return door ? ESP_OK : ESP_ERR_NO_MEM;
  }

  explicit ArduinoDoor(const DoorContext& context)  // which outlives it
      : port_(context.config.arduino_port),
        machine_(context.intake, {.password = context.config.arduino_password != nullptr
                                                  ? context.config.arduino_password
                                                  : std::string_view(),
                                  .targets = context.targets}) {}
  std::uint16_t port() const override { return port_; }
  link::DatagramLink* datagrams() override { return &machine_; }
  link::Link* open(link::Origin) override { return nullptr; }
  void closed(link::Link&, const Result<>& outcome) override {
    machine_.on_called_back(outcome, now());
  }

 private:
  std::uint16_t port_;
  link::ArduinoDevice machine_;
};

}  // namespace updraft::esp_idf
