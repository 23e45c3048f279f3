// What a device can unwrap: the stages that its owner has made room for and lends to its Updater.
// Each is optional; a payload that needs a missing stage is refused by its first bytes.
//
//   std::array<pipeline::InflateStage, 1> inflaters;
//   Updater updater(boot, &journal, policy, observer, {.inflaters = inflaters});
//
// A stage belongs to one Updater and outlives it.
#pragma once
#include <span>

#include "engine/pipeline/inflate_stage.hpp"
#include "engine/pipeline/patch_sink.hpp"
#include "engine/pipeline/unseal_stage.hpp"

namespace updraft {

struct Stages {
  // One for each layer of compression, up to kMaxWrappers (44 KiB each). None, or fewer than a
  // payload has: alg_unsupported.
  std::span<pipeline::InflateStage> inflaters;
  // Opens pre-encrypted images; one per payload. None: wrong_key.
  pipeline::UnsealStage* unseal = nullptr;
  // Delta patches, of our own format (PatchStage, 32 KiB, or TightPatchStage, 29 KiB) and of
  // esp_delta_ota (EspPatchStage, 1 KiB). nullptr: alg_unsupported.
  pipeline::PatchSink* patch = nullptr;
  pipeline::PatchSink* esp_patch = nullptr;
};

}  // namespace updraft
