// What the configuration asks for and menuconfig has left out.
#pragma once
#include "updraft.h"

namespace updraft::esp_idf {

// ESP_OK; ESP_ERR_NOT_SUPPORTED: something is not in this program, and the log says which option of
// menuconfig brings it.
esp_err_t check_left_out(const updraft_config_t& config);

}  // namespace updraft::esp_idf
