// The encryption of raw TCP and of the other bare streams, as the configuration has it.
#pragma once
#include <optional>

#include "protocols/link/link_cipher.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

#ifdef UPDRAFT_NO_STREAM_AES  // CONFIG_UPDRAFT_STREAM_AES is off
inline constexpr bool kHasStreamAes = false;
#else
inline constexpr bool kHasStreamAes = true;
#endif

// No cipher: streams are plain. Error: ESP_ERR_INVALID_ARG, a key or IV that does not fit the mode;
// the log says so. Where AES was left out, updraft_start() has refused what asks for it.
esp_err_t read_link_key(const updraft_config_t& config, std::optional<link::LinkCipher>& cipher);

}  // namespace updraft::esp_idf
