// The list of doors on a chip: one row for each protocol. Service opens what the configuration asks
// for; what the application opens by a call of its own has a row for the policy alone.
#pragma once
#include "ports/esp_idf/arduino_door.hpp"
#include "ports/esp_idf/bundle_door.hpp"
#include "ports/esp_idf/esphome_door.hpp"
#include "ports/esp_idf/mqtt_door.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/raw_door.hpp"
#include "ports/esp_idf/req_door.hpp"
#include "ports/esp_idf/sd_door.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_WEB_PULL
#include "ports/esp_idf/web_door.hpp"
#endif

namespace updraft::esp_idf {

struct DoorRow {
  const Protocol& protocol;
  bool updraft_config_t::* allow_unsigned;  // nullptr: its senders prove themselves
  // Makes the door, if the configuration asks for it. Errors: those of updraft_start(); the log
  // says why. nullptr: the application opens it.
  esp_err_t (*make)(const DoorContext& context, Owned<Door>& door);
};

#ifdef CONFIG_UPDRAFT_PARTS_BY_NAME
template <class D>
esp_err_t make_if_named(const DoorContext& context, Owned<Door>& door) {
  return has_part<D>() ? make_part<D>(context, door) : ESP_OK;
}
template <class D>
inline constexpr auto kMakes = &make_if_named<D>;
#else
template <class D>
inline constexpr auto kMakes = &D::make;
#endif

inline constexpr DoorRow kDoorRows[] = {
    {kRaw, &updraft_config_t::allow_unsigned_raw, kMakes<RawDoor>},
    {kReq, &updraft_config_t::allow_unsigned_req, kMakes<ReqDoor>},
    {kBundle, nullptr, kMakes<BundleDoor>},
    {kWs, &updraft_config_t::allow_unsigned_ws, nullptr},            // updraft_http.h
    {kControl, &updraft_config_t::allow_unsigned_control, nullptr},  // updraft_uart.h
    {kElegant, &updraft_config_t::allow_unsigned_elegant, nullptr},  // updraft_http_elegant.h
    {kForm, &updraft_config_t::allow_unsigned_form, nullptr},        // updraft_http_form.h
#ifdef CONFIG_UPDRAFT_WEB_PULL
    {kHttp, &updraft_config_t::allow_unsigned_http, kMakes<HttpDoor>},
    {kHttps, &updraft_config_t::allow_unsigned_https, kMakes<HttpsDoor>},
#else
    {kHttp, &updraft_config_t::allow_unsigned_http, nullptr},    // updraft_http.h
    {kHttps, &updraft_config_t::allow_unsigned_https, nullptr},  // updraft_http.h
#endif
    {kArduino, &updraft_config_t::allow_unsigned_arduino, kMakes<ArduinoDoor>},
    {kEsphome, &updraft_config_t::allow_unsigned_esphome, kMakes<EsphomeDoor>},
#ifdef CONFIG_UPDRAFT_MQTT
    {kMqtt, &updraft_config_t::allow_unsigned_mqtt, kMakes<MqttDoor>},
#endif
    {kUart, &updraft_config_t::allow_unsigned_uart, nullptr},  // updraft_uart.h
#ifdef CONFIG_UPDRAFT_SD
    {kSd, &updraft_config_t::allow_unsigned_sd, kMakes<SdDoor>},
#endif
};

}  // namespace updraft::esp_idf
