// ESPHome's native OTA: two connections, so that a stalled one can be replaced. 2 KB of RAM, with
// Noise compiled in 8 KB.
#pragma once
#include <array>
#include <optional>

#include "esp_log.h"
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "protocols/esphome/esphome_device.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
#include "protocols/esphome/noise_link.hpp"
#endif

namespace updraft::esp_idf {

class EsphomeDoor final : public Door {
 public:
  // `door` stays empty without a port. Errors: ESP_ERR_NO_MEM; ESP_ERR_INVALID_ARG (esphome_key is
  // no key).
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    if (context.config.esphome_port == 0) return ESP_OK;
    auto made = make_owned<EsphomeDoor>(context);
    if (!made) return ESP_ERR_NO_MEM;
    if (const esp_err_t err = made->read_key(); err != ESP_OK) return err;
    door = Owned<Door>(made.release());
    return ESP_OK;
  }

  explicit EsphomeDoor(const DoorContext& context) : context_(context) {}  // it outlives this
  std::uint16_t port() const override { return context_.config.esphome_port; }
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
  bool has_key() const override { return key_.has_value(); }
#endif
  link::Link* open(link::Origin from) override {
    for (Place& place : places_) {
      if (!place.device) return open(place, from);
    }
    return nullptr;
  }
  void closed(link::Link& link, const Result<>&) override {
    for (Place& place : places_) {
      if (place.device && place.outer() == &link) place.leave();
    }
  }

 private:
  struct Place {
    std::optional<link::EsphomeDevice> device;
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
    std::optional<link::NoiseLink> noise;  // around it
    link::Link* outer() { return noise ? static_cast<link::Link*>(&*noise) : &*device; }
    void leave() {
      noise.reset();
      device.reset();
    }
#else
    link::Link* outer() { return &*device; }
    void leave() { device.reset(); }
#endif
  };

#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
  esp_err_t read_key() {
    if (context_.config.esphome_key == nullptr) return ESP_OK;
    key_ = link::read_noise_key(context_.config.esphome_key);
    if (key_) return ESP_OK;
    ESP_LOGE(kLogTag, "esphome_key: want 32 bytes in base64, 44 characters");
    return ESP_ERR_INVALID_ARG;
  }
#else
  static esp_err_t read_key() { return ESP_OK; }
#endif

  link::Link* open(Place& place, link::Origin from) {
    const char* const password = context_.config.esphome_password;
    link::EsphomeDevice::Config config{
        .password = password != nullptr ? password : std::string_view(), .from = from};
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
    config.noise = key_.has_value();
    if (key_) config.password = {};  // the key is the login
#endif
    place.device.emplace(context_.intake, guards_, config);
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
    if (key_) place.noise.emplace(link::NoiseLink::Side::responder, *place.device, *key_);
#endif
    return place.outer();
  }

  const DoorContext& context_;
  link::LoginGuards guards_;
  std::array<Place, 2> places_;
#ifdef CONFIG_UPDRAFT_ESPHOME_NOISE
  std::optional<link::NoiseKey> key_;
#endif
};

}  // namespace updraft::esp_idf
