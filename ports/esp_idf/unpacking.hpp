// The stages for wrapped payloads that the configuration asked for, and their memory. It is taken
// at the start, so that no update fails because memory is missing.
#pragma once
#include "updraft/stages.hpp"

#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "sdkconfig.h"
#include "updraft.h"
#ifdef CONFIG_UPDRAFT_TAKE_DELTA
#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/patch_stage.hpp"
#endif
#ifdef CONFIG_UPDRAFT_TAKE_SEALED
#include "ports/esp_idf/sealed.hpp"
#endif

namespace updraft::esp_idf {

class Unpacking;

// The parts: one for each kind of wrapper. Errors: as Unpacking::outcome().
struct InflateParts {
  static esp_err_t make(Unpacking& to, const updraft_config_t& config);
};
struct PatchParts {
  static esp_err_t make(Unpacking& to, const updraft_config_t& config);
};
struct SealedParts {
  static esp_err_t make(Unpacking& to, const updraft_config_t& config);
};

class Unpacking {
 public:
  explicit Unpacking(const updraft_config_t& config);

  // ESP_OK, ESP_ERR_NO_MEM, ESP_ERR_NOT_SUPPORTED (menuconfig left the code out), and what
  // Sealed::load() says.
  esp_err_t outcome() const { return outcome_; }
  Stages stages() const { return stages_; }
  // For the status document: which pre-encrypted images can be opened.
  std::string_view keys_held() const {
#ifdef CONFIG_UPDRAFT_TAKE_SEALED
    if (sealed_) return sealed_->keys_held();
#endif
    return "none";
  }

 private:
  friend InflateParts;
  friend PatchParts;
  friend SealedParts;
  template <class Part>
  void make(const updraft_config_t& config) {
    const esp_err_t err = make_part<Part>(*this, config);
    if (err != ESP_OK) outcome_ = err;
  }

  OwnedPart<pipeline::InflateStage> inflater_;
#ifdef CONFIG_UPDRAFT_TAKE_DELTA
  OwnedPart<pipeline::PatchStage> patch_;
  OwnedPart<pipeline::EspPatchStage> esp_patch_;
#endif
#ifdef CONFIG_UPDRAFT_TAKE_SEALED
  OwnedPart<Sealed> sealed_;
#endif
  Stages stages_;
  esp_err_t outcome_ = ESP_OK;
};

}  // namespace updraft::esp_idf
