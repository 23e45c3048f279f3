// The front of the pipeline: finds out what a payload is by its first 16 bytes, undoes what it is
// wrapped in, and asks the gate about what was inside, again by its first 16 bytes.
//
// Nothing reaches the content before the gate (policy.hpp) has let it in. What it can unwrap is the
// owner's choice (stages.hpp); at most kMaxWrappers stages are in a row.
#pragma once
#include <cstdint>
#include <optional>

#include "engine/update/layers.hpp"
#include "engine/update/signing.hpp"

namespace updraft {

// What a package has besides its transfer, at most: its head, the digests of the chunks of the
// largest transfer (spec/suit.md section 3), and the heads of both.
inline constexpr std::size_t kPackageOverhead = 4096 + 32 * 4096 + 64;

class Unwrapper final : public Layers {
 public:
  // What the gate has let in.
  struct LetIn {
    Trust trust;
    bool plain;  // the payload is the content
    // What makes the content from a patch; nullptr: nothing does. `patch_is_payload`: and the patch
    // is the payload itself, not inside a wrapper.
    pipeline::PatchSink* patch;
    bool patch_is_payload;
  };
  // All outlive it.
  Unwrapper(const Policy& policy, pipeline::Sink& content, const Stages& stages,
            LeanUpdater& updater)
      : Layers(stages), policy_(policy), content_(content), updater_(updater) {}

  // How many bytes a payload may have more than its content, as the device stands now.
  std::size_t overhead() const;
  // A new payload. `limit`: bytes that any layer may come to. `images`: what a patch is applied to.
  void reset(const Offer& offer, std::uint32_t limit, const pipeline::PatchImages& images);
  // Nothing before the first byte of the content. Errors of push(): also those of judge().
  const std::optional<LetIn>& let_in() const { return let_in_; }

 private:
  Result<pipeline::Sink*> open(Bytes first, std::size_t depth) override;
  pipeline::Sink* stage_for(Bytes first, std::size_t depth);  // nullptr: none
  pipeline::Sink* patch_stage_for(Bytes first, std::size_t depth);

  const Policy& policy_;
  pipeline::Sink& content_;
  LeanUpdater& updater_;
  pipeline::PatchImages images_;
  std::size_t packed_ = 0;  // 1: in a package, as the first layer, which counts for none
  pipeline::PatchSink* patch_ = nullptr;  // which is at work
  std::size_t patch_layer_ = 0;           // which is what it makes
  std::optional<LetIn> let_in_;
};

}  // namespace updraft
