#include "ports/esp_idf/unpacking.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

Unpacking::Unpacking(const updraft_config_t& config) {
  if (config.take_compressed) {
    inflater_ = make_owned<pipeline::InflateStage>();
    if (!inflater_) outcome_ = ESP_ERR_NO_MEM;
    stages_.inflaters = {inflater_.get(), inflater_ ? 1u : 0u};  // one layer of compression
  }
  if (config.take_delta) make_patches();
  if (config.seal_rsa_key != nullptr || config.seal_hmac_key >= 0) make_sealed(config);
}

#ifdef CONFIG_UPDRAFT_TAKE_DELTA
void Unpacking::make_patches() {
  patch_ = make_owned<pipeline::PatchStage>();
  esp_patch_ = make_owned<pipeline::EspPatchStage>();
  if (!patch_ || !esp_patch_) outcome_ = ESP_ERR_NO_MEM;
  stages_.patch = patch_.get();
  stages_.esp_patch = esp_patch_.get();
}
#else
void Unpacking::make_patches() {
  ESP_LOGE(kLogTag, "take_delta needs CONFIG_UPDRAFT_TAKE_DELTA");
  outcome_ = ESP_ERR_NOT_SUPPORTED;
}
#endif

#ifdef CONFIG_UPDRAFT_TAKE_SEALED
void Unpacking::make_sealed(const updraft_config_t& config) {
  sealed_ = make_owned<Sealed>();
  if (!sealed_) {
    outcome_ = ESP_ERR_NO_MEM;
  } else if (const esp_err_t err = sealed_->load(config); err != ESP_OK) {
    outcome_ = err;
  } else {
    stages_.unseal = &sealed_->stage();
  }
}
#else
void Unpacking::make_sealed(const updraft_config_t&) {
  ESP_LOGE(kLogTag, "a seal key needs CONFIG_UPDRAFT_TAKE_SEALED");
  outcome_ = ESP_ERR_NOT_SUPPORTED;
}
#endif

}  // namespace updraft::esp_idf
