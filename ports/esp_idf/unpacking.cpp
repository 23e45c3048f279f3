#include "ports/esp_idf/unpacking.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {

Unpacking::Unpacking(const updraft_config_t& config) {
  if (config.take_compressed) make<InflateParts>(config);
  if (config.take_delta) make<PatchParts>(config);
  if (config.seal_rsa_key != nullptr || config.seal_hmac_key >= 0) make<SealedParts>(config);
}

esp_err_t InflateParts::make(Unpacking& to, const updraft_config_t&) {
  to.inflater_ = as_part(make_owned<pipeline::InflateStage>());
  to.stages_.inflaters = {to.inflater_.get(), to.inflater_ ? 1u : 0u};  // one layer of compression
  return to.inflater_ ? ESP_OK : ESP_ERR_NO_MEM;
}

#ifdef CONFIG_UPDRAFT_TAKE_DELTA
esp_err_t PatchParts::make(Unpacking& to, const updraft_config_t&) {
  to.patch_ = as_part(make_owned<pipeline::PatchStage>());
  to.esp_patch_ = as_part(make_owned<pipeline::EspPatchStage>());
  to.stages_.patch = to.patch_.get();
  to.stages_.esp_patch = to.esp_patch_.get();
  return to.patch_ && to.esp_patch_ ? ESP_OK : ESP_ERR_NO_MEM;
}
#else
esp_err_t PatchParts::make(Unpacking&, const updraft_config_t&) {
  ESP_LOGE(kLogTag, "take_delta needs CONFIG_UPDRAFT_TAKE_DELTA");
  return ESP_ERR_NOT_SUPPORTED;
}
#endif

#ifdef CONFIG_UPDRAFT_TAKE_SEALED
esp_err_t SealedParts::make(Unpacking& to, const updraft_config_t& config) {
  to.sealed_ = as_part(make_owned<Sealed>());
  if (!to.sealed_) return ESP_ERR_NO_MEM;
  const esp_err_t err = to.sealed_->load(config);
  if (err == ESP_OK) to.stages_.unseal = &to.sealed_->stage();
  return err;
}
#else
esp_err_t SealedParts::make(Unpacking&, const updraft_config_t&) {
  ESP_LOGE(kLogTag, "a seal key needs CONFIG_UPDRAFT_TAKE_SEALED");
  return ESP_ERR_NOT_SUPPORTED;
}
#endif

}  // namespace updraft::esp_idf
