// The lists of doors of the command line: a line for each protocol and command.
#include "cli/doors.hpp"

#include "cli/push/push_arduino.hpp"
#include "cli/push/push_bundle.hpp"
#include "cli/push/push_control.hpp"
#include "cli/push/push_elegant.hpp"
#include "cli/push/push_esphome.hpp"
#include "cli/push/push_form.hpp"
#include "cli/push/push_http.hpp"
#include "cli/push/push_mqtt.hpp"
#include "cli/push/push_native.hpp"
#include "cli/push/push_raw.hpp"
#include "cli/push/push_sd.hpp"
#include "cli/push/push_uart.hpp"
#include "cli/push/push_ws.hpp"
#include "cli/serve/serve_raw.hpp"
#include "cli/serve/serve_req.hpp"
#include "cli/serve/serve_web.hpp"
#include "cli/trial/trial_ws.hpp"

namespace updraft::cli {

AllDoors all_doors() {
  AllDoors all;
  all.push.push_back(std::make_unique<RawPushDoor>());
  all.push.push_back(std::make_unique<BundlePushDoor>());
  all.push.push_back(std::make_unique<WsPushDoor>());
  all.push.push_back(std::make_unique<ControlPushDoor>());
  all.push.push_back(std::make_unique<ElegantPushDoor>());
  all.push.push_back(std::make_unique<FormPushDoor>());
  all.push.push_back(std::make_unique<HttpPushDoor>(kHttp));
  all.push.push_back(std::make_unique<HttpPushDoor>(kHttps));
  all.push.push_back(std::make_unique<ArduinoPushDoor>());
  all.push.push_back(std::make_unique<EsphomePushDoor>());
  all.push.push_back(std::make_unique<MqttPushDoor>());
  all.push.push_back(std::make_unique<UartPushDoor>());
  all.push.push_back(std::make_unique<SdPushDoor>());
  all.push.push_back(std::make_unique<NativePushDoor>());
  for (TrialDoors* const doors : {&all.confirm, &all.rollback, &all.restart}) {
    doors->push_back(std::make_unique<WsTrialDoor>());
  }
  all.serve.push_back(std::make_unique<RawServeDoor>());
  all.serve.push_back(std::make_unique<ReqServeDoor>());
  all.serve.push_back(std::make_unique<WebServeDoor>(kHttps));
  all.serve.push_back(std::make_unique<WebServeDoor>(kHttp));
  all.device = device::doors();
  return all;
}

}  // namespace updraft::cli
