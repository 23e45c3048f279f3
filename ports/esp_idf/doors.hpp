// The list of doors on a chip: one row for each protocol. Service opens what the configuration asks
// for; what the application opens by a call of its own has a row for the policy alone. A door whose
// code menuconfig has left out is in no row, so nothing of it is linked.
#pragma once
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "sdkconfig.h"
#ifdef CONFIG_UPDRAFT_RAW
#include "ports/esp_idf/raw_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_REQ
#include "ports/esp_idf/req_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_BUNDLE
#include "ports/esp_idf/bundle_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_ARDUINO
#include "ports/esp_idf/arduino_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_ESPHOME
#include "ports/esp_idf/esphome_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_MQTT
#include "ports/esp_idf/mqtt_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_NATIVE
#include "ports/esp_idf/native_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_SD
#include "ports/esp_idf/sd_door.hpp"
#endif
#ifdef CONFIG_UPDRAFT_WEB_PULL
#include "ports/esp_idf/web_door.hpp"
#endif

namespace updraft::esp_idf {

// The field of the configuration that lets in what is not signed, and its name for the log.
struct Knob {
  bool updraft_config_t::* field = nullptr;  // nullptr: its senders prove themselves
  const char* name = nullptr;
};
#define UPDRAFT_KNOB(name) {&updraft_config_t::name, #name}

struct DoorRow {
  const Protocol& protocol;
  Knob allow_unsigned;
  const char* updraft_config_t::* password;  // nullptr: there is none in the configuration
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
#ifdef CONFIG_UPDRAFT_RAW
    {kRaw, UPDRAFT_KNOB(allow_unsigned_raw), nullptr, kMakes<RawDoor>},
#endif
#ifdef CONFIG_UPDRAFT_REQ
    {kReq, UPDRAFT_KNOB(allow_unsigned_req), nullptr, kMakes<ReqDoor>},
#endif
#ifdef CONFIG_UPDRAFT_BUNDLE
    {kBundle, {}, &updraft_config_t::bundle_password, kMakes<BundleDoor>},
#endif
    {kWs, UPDRAFT_KNOB(allow_unsigned_ws), nullptr, nullptr},            // updraft_http.h
    {kControl, UPDRAFT_KNOB(allow_unsigned_control), nullptr, nullptr},  // updraft_uart.h
    {kElegant, UPDRAFT_KNOB(allow_unsigned_elegant), nullptr, nullptr},  // updraft_http_elegant.h
    {kForm, UPDRAFT_KNOB(allow_unsigned_form), nullptr, nullptr},        // updraft_http_form.h
#ifdef CONFIG_UPDRAFT_WEB_PULL
    {kHttp, UPDRAFT_KNOB(allow_unsigned_http), nullptr, kMakes<HttpDoor>},
    {kHttps, UPDRAFT_KNOB(allow_unsigned_https), nullptr, kMakes<HttpsDoor>},
#else
    {kHttp, UPDRAFT_KNOB(allow_unsigned_http), nullptr, nullptr},    // updraft_http.h
    {kHttps, UPDRAFT_KNOB(allow_unsigned_https), nullptr, nullptr},  // updraft_http.h
#endif
#ifdef CONFIG_UPDRAFT_ARDUINO
    {kArduino, UPDRAFT_KNOB(allow_unsigned_arduino), &updraft_config_t::arduino_password,
     kMakes<ArduinoDoor>},
#endif
#ifdef CONFIG_UPDRAFT_ESPHOME
    {kEsphome, UPDRAFT_KNOB(allow_unsigned_esphome), &updraft_config_t::esphome_password,
     kMakes<EsphomeDoor>},
#endif
#ifdef CONFIG_UPDRAFT_MQTT
    {kMqtt, UPDRAFT_KNOB(allow_unsigned_mqtt), nullptr, kMakes<MqttDoor>},
#endif
    {kUart, UPDRAFT_KNOB(allow_unsigned_uart), nullptr, nullptr},  // updraft_uart.h
#ifdef CONFIG_UPDRAFT_SD
    {kSd, UPDRAFT_KNOB(allow_unsigned_sd), nullptr, kMakes<SdDoor>},
#endif
#ifdef CONFIG_UPDRAFT_NATIVE
    {kNative, {}, nullptr, kMakes<NativeDoor>},
#endif
};
#undef UPDRAFT_KNOB

// nullptr: its code is not there.
constexpr const DoorRow* row_of(Scheme scheme) {
  for (const DoorRow& row : kDoorRows) {
    if (scheme == row.protocol) return &row;
  }
  return nullptr;
}

}  // namespace updraft::esp_idf
