// The encryption of raw TCP and of the other bare streams, as the configuration has it.
#pragma once
#include <optional>

#include "protocols/link/link_cipher.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

// No cipher: streams are plain. Error: ESP_ERR_INVALID_ARG, a key or IV that does not fit the mode;
// the log says so.
esp_err_t read_link_key(const updraft_config_t& config, std::optional<link::LinkCipher>& cipher);

}  // namespace updraft::esp_idf
