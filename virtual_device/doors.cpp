// The list of doors of a virtual device: one line for each protocol. They open in this order.
#include "virtual_device/arduino_door.hpp"
#include "virtual_device/bundle_door.hpp"
#include "virtual_device/control_door.hpp"
#include "virtual_device/esphome_door.hpp"
#include "virtual_device/http_door.hpp"
#include "virtual_device/raw_door.hpp"
#include "virtual_device/req_door.hpp"

namespace updraft::device {

Doors doors() {
  Doors all;
  all.push_back(std::make_unique<BundleDoor>());
  all.push_back(std::make_unique<HttpDoor>());
  all.push_back(std::make_unique<ControlDoor>());
  all.push_back(std::make_unique<ArduinoDoor>());
  all.push_back(std::make_unique<EsphomeDoor>());
  all.push_back(std::make_unique<RawDoor>());
  all.push_back(std::make_unique<ReqDoor>());
  return all;
}

}  // namespace updraft::device
