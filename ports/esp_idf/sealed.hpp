// Opens pre-encrypted images: the product's keys, and the stage that uses them. The ECIES key is
// the one in an eFuse block, which only the HMAC unit reads (spec/esp32.md section 4.1).
#pragma once
#include "engine/pipeline/lent_stages.hpp"
#include "ports/esp_idf/heap_lender.hpp"
#include "updraft.h"

namespace updraft::esp_idf {

class Sealed {
 public:
  // Takes the keys that `config` names. ESP_ERR_INVALID_ARG: one is none; the log says which.
  // ESP_FAIL: the HMAC unit does not work with that block.
  esp_err_t load(const updraft_config_t& config);
  pipeline::UnwrapStage& stage() { return stage_; }
  HeapLender& memory() { return memory_; }  // the stage's
  std::string_view keys_held() const { return keys_.held(); }

 private:
  format::SealedKeys keys_;
  HeapLender memory_;
  pipeline::LentUnsealStage stage_{memory_, keys_};
};

}  // namespace updraft::esp_idf
