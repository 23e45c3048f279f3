// The list of doors of a virtual device: one line for each protocol. They open in this order.
#include "virtual_device/arduino_door.hpp"
#include "virtual_device/bundle_door.hpp"
#include "virtual_device/control_door.hpp"
#include "virtual_device/elegant_door.hpp"
#include "virtual_device/esphome_door.hpp"
#include "virtual_device/form_door.hpp"
#include "virtual_device/http_door.hpp"
#include "virtual_device/http_upload_door.hpp"
#include "virtual_device/mqtt_door.hpp"
#include "virtual_device/native_door.hpp"
#include "virtual_device/raw_door.hpp"
#include "virtual_device/req_door.hpp"
#include "virtual_device/sd_door.hpp"
#include "virtual_device/uart_door.hpp"
#include "virtual_device/web_pull_door.hpp"

namespace updraft::device {

Doors doors() {
  Doors all;
  all.push_back(std::make_unique<BundleDoor>());
  auto http = std::make_unique<HttpDoor>();
  const HttpDoor& ports = *http;  // which protocols that live in HTTP share
  all.push_back(std::move(http));
  all.push_back(std::make_unique<ControlDoor>());
  all.push_back(std::make_unique<NativeDoor>());
  all.push_back(std::make_unique<ArduinoDoor>());
  all.push_back(std::make_unique<EsphomeDoor>());
  all.push_back(std::make_unique<RawDoor>());
  all.push_back(std::make_unique<ReqDoor>());
  all.push_back(std::make_unique<ElegantDoor>(ports));
  all.push_back(std::make_unique<FormDoor>(ports));
  all.push_back(std::make_unique<MqttDoor>());
  all.push_back(std::make_unique<UartDoor>());
  all.push_back(std::make_unique<SdDoor>());
  all.push_back(std::make_unique<HttpUploadDoor>(ports, kHttp));
  all.push_back(std::make_unique<HttpUploadDoor>(ports, kHttps));
  const auto web = std::make_shared<WebPullOptions>();
  all.push_back(std::make_unique<WebPullDoor>(kHttps, web));
  all.push_back(std::make_unique<WebPullDoor>(kHttp, web));
  return all;
}

}  // namespace updraft::device
