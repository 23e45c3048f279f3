#include "ports/esp_idf/link_key.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

esp_err_t read_link_key(const updraft_config_t& config, std::optional<link::LinkCipher>& cipher) {
  cipher.reset();
  if (!kHasStreamAes || config.raw_aes == UPDRAFT_AES_NONE) return ESP_OK;
  const bool cbc = config.raw_aes == UPDRAFT_AES_256_CBC;
  const auto text = [](const char* value) { return value != nullptr ? value : ""; };
  const Result<link::LinkCipher> made = link::link_cipher(
      cbc ? crypto::AesMode::cbc : crypto::AesMode::ecb, text(config.raw_key), text(config.raw_iv));
  if (!made) {
    ESP_LOGE(kLogTag, "raw_key or raw_iv does not have the length that the mode asks for");
    return ESP_ERR_INVALID_ARG;
  }
  cipher = *made;
  return ESP_OK;
}

}  // namespace updraft::esp_idf
