// ESPHome's native OTA: two connections, so that a stalled one can be replaced. 2 KB of RAM.
#pragma once
#include <array>
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "protocols/esphome/esphome_device.hpp"

namespace updraft::esp_idf {

class EsphomeDoor final : public Door {
 public:
  // `door` stays empty without a port. Error: ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    if (context.config.esphome_port == 0) return ESP_OK;
    door = make_owned<EsphomeDoor>(context);
    return door ? ESP_OK : ESP_ERR_NO_MEM;
  }

  explicit EsphomeDoor(const DoorContext& context) : context_(context) {}  // it outlives this
  std::uint16_t port() const override { return context_.config.esphome_port; }
  link::Link* open(link::Origin from) override {
    const char* const password = context_.config.esphome_password;
    for (auto& place : places_) {
      if (place) continue;
      return &place.emplace(
          context_.intake, guards_,
          link::EsphomeDevice::Config{
              .password = password != nullptr ? password : std::string_view(), .from = from});
    }
    return nullptr;
  }
  void closed(link::Link& link, const Result<>&) override {
    for (auto& place : places_) {
      if (place && &*place == &link) place.reset();
    }
  }

 private:
  const DoorContext& context_;
  link::LoginGuards guards_;
  std::array<std::optional<link::EsphomeDevice>, 2> places_;
};

}  // namespace updraft::esp_idf
