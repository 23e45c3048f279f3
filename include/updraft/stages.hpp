// What a device can unwrap: the stages that its owner lends to its Updater. Each is optional; a
// payload that needs a missing stage is refused by its first bytes.
//
//   std::array<pipeline::InflateStage, 1> inflaters;
//   Updater updater(boot, &journal, policy, observer, {.inflaters = inflaters});
//
// A stage belongs to one Updater and outlives it. Those of inflate_stage.hpp and patch_stage.hpp
// hold all their memory; those of lent_stages.hpp borrow it while a payload of their kind comes,
// and are no_memory where there is none, before anything is erased. What is not named here is not
// linked.
#pragma once
#include <array>
#include <type_traits>

#include "updraft/policy.hpp"

#include "engine/pipeline/inflate_stage.hpp"
#include "engine/pipeline/patch_sink.hpp"
#include "engine/pipeline/unseal_stage.hpp"

namespace updraft {

// One for each layer of compression, up to kMaxWrappers, from a row of stages of one kind.
class Inflaters {
 public:
  Inflaters() = default;
  template <class Row>
    requires(!std::is_same_v<std::remove_cvref_t<Row>, Inflaters>)
  Inflaters(Row&& row) {
    std::size_t size = 0;
    for (pipeline::UnwrapStage& stage : row) {
      if (size < places_.size()) places_[size++] = &stage;
    }
  }
  // nullptr: there is no such one.
  pipeline::UnwrapStage* at(std::size_t i) const {
    return i < places_.size() ? places_[i] : nullptr;
  }

 private:
  std::array<pipeline::UnwrapStage*, kMaxWrappers> places_{};
};

struct Stages {
  // None, or fewer than a payload has layers: alg_unsupported.
  Inflaters inflaters;
  // Opens pre-encrypted images; one per payload. None: wrong_key.
  pipeline::UnwrapStage* unseal = nullptr;
  // Delta patches, of our own format (PatchStage, 32 KiB, or TightPatchStage, 29 KiB) and of
  // esp_delta_ota (EspPatchStage, 1 KiB). nullptr: alg_unsupported.
  pipeline::PatchSink* patch = nullptr;
  pipeline::PatchSink* esp_patch = nullptr;
};

}  // namespace updraft
