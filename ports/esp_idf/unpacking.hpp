// The stages for wrapped payloads that the configuration asked for. Their memory is borrowed while
// a payload of their kind comes, or reserved at the start (heap_lender.hpp); so is the sector that
// every update gathers.
#pragma once
#include "updraft/stages.hpp"

#include "ports/esp_idf/heap_lender.hpp"
#include "ports/esp_idf/named.hpp"
#include "ports/esp_idf/owned.hpp"
#include "sdkconfig.h"
#include "updraft.h"
#ifdef CONFIG_UPDRAFT_TAKE_DELTA
#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/lent_stages.hpp"
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
  Lender& sector() { return sector_; }
  // The most that an update may borrow at a time, and what of it is reserved; bytes.
  std::size_t needs() const { return needs_; }
  // For the status document: how far a zlib stream may look back, as there is memory now; bytes, 0:
  // nothing is inflated.
  std::uint32_t window() const;
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
  // Of a part that borrows from `lender`, so many bytes at most.
  esp_err_t add(HeapLender& lender, std::size_t bytes, const updraft_config_t& config);

  HeapLender sector_;
#ifdef CONFIG_UPDRAFT_TAKE_COMPRESSED
  struct Inflating {
    HeapLender memory;
    pipeline::LentInflateStage stage{memory};
  };
  OwnedPart<Inflating> inflating_;
#endif
#ifdef CONFIG_UPDRAFT_TAKE_DELTA
  struct Patching {
    HeapLender memory;  // of either: an update has one patch
    pipeline::LentPatchStage<pipeline::PatchStage> own{memory};
    pipeline::LentPatchStage<pipeline::EspPatchStage> esp{memory};
  };
  OwnedPart<Patching> patching_;
#endif
#ifdef CONFIG_UPDRAFT_TAKE_SEALED
  OwnedPart<Sealed> sealed_;
#endif
  Stages stages_;
  bool reserves_ = false;
  std::size_t needs_ = 0;
  esp_err_t outcome_ = ESP_OK;
};

}  // namespace updraft::esp_idf
