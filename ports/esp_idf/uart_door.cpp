#include "ports/esp_idf/uart_door.hpp"

#include "esp_app_desc.h"
#include "esp_system.h"

namespace updraft::esp_idf {

esp_err_t UartDoor::make(Service& service, const updraft_uart_t& line, Owned<UartLine>& made) {
  made = make_owned<UartDoor>(service, line);
  return made ? ESP_OK : ESP_ERR_NO_MEM;
}

link::Link& UartDoor::make_link() {
  return device_.emplace(service_.intake(), frame_,
                         link::ControlDevice::Config{.version = version()});
}

bool UartDoor::over() {
  esp_restart();
  return false;
}

link::ControlVersion UartDoor::version() const {
  const esp_app_desc_t& app = *esp_app_get_description();
  const std::string_view name = line_.name != nullptr ? line_.name : app.project_name;
  return {Text<link::ControlVersion::kNameBytes>(name), link::version_numbers(app.version)};
}

}  // namespace updraft::esp_idf
