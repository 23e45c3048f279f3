// The list of doors on a chip: one row for each protocol. Service opens what the configuration asks
// for; what the application opens by a call of its own has a row for the policy alone.
#pragma once
#include "ports/esp_idf/bundle_door.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/raw_door.hpp"
#include "ports/esp_idf/req_door.hpp"

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
};

}  // namespace updraft::esp_idf
