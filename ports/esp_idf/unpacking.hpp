// What updates may be wrapped in here: the stages that the configuration asked for, and their
// memory. Taken at the start, so that no update fails for want of it.
#pragma once
#include "updraft/pipeline/esp_patch_stage.hpp"
#include "updraft/pipeline/patch_stage.hpp"
#include "updraft/update/stages.hpp"

#include "ports/esp_idf/owned.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

class Unpacking {
 public:
  explicit Unpacking(const updraft_config_t& config) {
    if (config.take_compressed) inflater_ = make_owned<pipeline::InflateStage>();
    if (config.take_delta) {
      patch_ = make_owned<pipeline::PatchStage>();
      esp_patch_ = make_owned<pipeline::EspPatchStage>();
    }
    complete_ = !(config.take_compressed && inflater_ == nullptr) &&
                !(config.take_delta && (patch_ == nullptr || esp_patch_ == nullptr));
  }

  bool complete() const { return complete_; }  // false: there was not enough memory
  Stages stages() const {
    return {.inflaters = {inflater_.get(), inflater_ ? 1u : 0u},  // one layer of compression
            .patch = patch_.get(),
            .esp_patch = esp_patch_.get()};
  }

 private:
  Owned<pipeline::InflateStage> inflater_;
  Owned<pipeline::PatchStage> patch_;
  Owned<pipeline::EspPatchStage> esp_patch_;
  bool complete_ = false;
};

}  // namespace updraft::esp_idf
