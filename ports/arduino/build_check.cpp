// What a sketch cannot see of its own build, and what makes its trial meaningless.
#include <string_view>

#include "esp_app_desc.h"
#include "esp_log.h"
#include "esp_ota_ops.h"
#include "ports/arduino/sketch.hpp"
#include "ports/esp_idf/reporter.hpp"

extern "C" bool verifyRollbackLater();  // whichever was linked: ours, the core's or the sketch's

namespace updraft::arduino {

void complain_about_the_build() {
  if (!verifyRollbackLater()) {
    ESP_LOGE(
        esp_idf::kLogTag,
        "the core confirms every sketch before setup(), so that a broken one stays: "
        "#include <Updraft.h> in the sketch's main file, and no verifyRollbackLater() of its own");
  }
  const esp_partition_t* const next = esp_ota_get_next_update_partition(nullptr);
  if (next == nullptr || next == esp_ota_get_running_partition()) {
    ESP_LOGE(
        esp_idf::kLogTag,
        "the partition table has one app slot, so no update can come in: choose one with OTA in "
        "Tools > Partition Scheme");
  }
  if (std::string_view(esp_app_get_description()->project_name) == "arduino-lib-builder") {
    ESP_LOGE(esp_idf::kLogTag,
             "this sketch has no name, so any other one is taken for an update of it: "
             "UPDRAFT_SKETCH(\"name\", \"1.0.0\");");
  }
  if (sketch().any_closed()) {
    ESP_LOGE(
        esp_idf::kLogTag,
        "a way in is open that lets nothing in: it needs keys(), a password, or UPDRAFT_UNSIGNED");
  }
}

}  // namespace updraft::arduino
