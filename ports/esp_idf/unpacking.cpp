#include "ports/esp_idf/unpacking.hpp"

#include "esp_log.h"
#include "ports/esp_idf/reporter.hpp"

namespace updraft::esp_idf {
namespace {
[[maybe_unused]] constexpr std::size_t kLeastWindow = 512;  // that zlib packs with
}

Unpacking::Unpacking(const updraft_config_t& config) : reserves_(config.reserve_memory) {
  outcome_ = add(sector_, kFlashSector, config);
  if (config.take_compressed) make<InflateParts>(config);
  if (config.take_delta) make<PatchParts>(config);
  if (config.seal_rsa_key != nullptr || config.seal_hmac_key >= 0) make<SealedParts>(config);
}

esp_err_t Unpacking::add(HeapLender& lender, std::size_t bytes, const updraft_config_t& config) {
  needs_ += bytes;
  return !config.reserve_memory || lender.reserve(bytes) ? ESP_OK : ESP_ERR_NO_MEM;
}

std::uint32_t Unpacking::window() const {
#ifdef CONFIG_UPDRAFT_TAKE_COMPRESSED
  // The sector goes first, and may come out of the same piece.
  const std::size_t beside = reserves_ ? 0 : kFlashSector;
  std::size_t window = inflating_ ? codec::kInflateWindow : 0;
  while (window != 0 && codec::inflate_memory(window) + beside > inflating_->memory.largest()) {
    window = window > kLeastWindow ? window / 2 : 0;
  }
  return static_cast<std::uint32_t>(window);
#else
  return 0;
#endif
}

#ifdef CONFIG_UPDRAFT_TAKE_COMPRESSED
esp_err_t InflateParts::make(Unpacking& to, const updraft_config_t& config) {
  to.inflating_ = as_part(make_owned<Unpacking::Inflating>());
  if (!to.inflating_) return ESP_ERR_NO_MEM;
  to.stages_.inflaters = std::span(&to.inflating_->stage, 1);  // one layer of compression
  return to.add(to.inflating_->memory, codec::inflate_memory(codec::kInflateWindow), config);
}
#else
esp_err_t InflateParts::make(Unpacking&, const updraft_config_t&) {
  ESP_LOGE(kLogTag, "take_compressed needs CONFIG_UPDRAFT_TAKE_COMPRESSED");
  return ESP_ERR_NOT_SUPPORTED;
}
#endif

#ifdef CONFIG_UPDRAFT_TAKE_DELTA
esp_err_t PatchParts::make(Unpacking& to, const updraft_config_t& config) {
  to.patching_ = as_part(make_owned<Unpacking::Patching>());
  if (!to.patching_) return ESP_ERR_NO_MEM;
  to.stages_.patch = &to.patching_->own;
  to.stages_.esp_patch = &to.patching_->esp;
  constexpr std::size_t kMost =
      std::max(sizeof(pipeline::PatchStage), sizeof(pipeline::EspPatchStage));
  return to.add(to.patching_->memory, kMost, config);
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
  if (err != ESP_OK) return err;
  to.stages_.unseal = &to.sealed_->stage();
  return to.add(to.sealed_->memory(), sizeof(pipeline::UnsealStage), config);
}
#else
esp_err_t SealedParts::make(Unpacking&, const updraft_config_t&) {
  ESP_LOGE(kLogTag, "a seal key needs CONFIG_UPDRAFT_TAKE_SEALED");
  return ESP_ERR_NOT_SUPPORTED;
}
#endif

}  // namespace updraft::esp_idf
