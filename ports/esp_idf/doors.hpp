// The list of doors on a chip: one row for each protocol. Service opens what the configuration asks
// for; what the application opens by a call of its own has a row for the policy alone.
#pragma once
#include "ports/esp_idf/bundle_door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/raw_door.hpp"
#include "ports/esp_idf/req_door.hpp"
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

inline constexpr DoorRow kDoorRows[] = {
    {kRaw, &updraft_config_t::allow_unsigned_raw, &RawDoor::make},
    {kReq, &updraft_config_t::allow_unsigned_req, &ReqDoor::make},
    {kBundle, nullptr, &BundleDoor::make},
    {kWs, &updraft_config_t::allow_unsigned_ws, nullptr},            // updraft_http.h
    {kControl, &updraft_config_t::allow_unsigned_control, nullptr},  // updraft_uart.h
#ifdef CONFIG_UPDRAFT_WEB_PULL
    {kHttps, &updraft_config_t::allow_unsigned_https, &WebDoor::make_https},
    {kHttp, &updraft_config_t::allow_unsigned_http, &WebDoor::make_http},
#endif
};

}  // namespace updraft::esp_idf
