// The front of the pipeline: finds out what a payload is by its first 16 bytes, undoes what it is
// wrapped in, and asks the gate about what was inside, again by its first 16 bytes.
//
//   payload -> Layer 0 -> a stage -> Layer 1 -> a stage -> Layer 2 -> content
//
// Nothing reaches the content before the gate (policy.hpp) has let it in. What it can unwrap is the
// owner's choice (stages.hpp); at most kMaxWrappers stages are in a row.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/policy.hpp"
#include "updraft/stages.hpp"

#include "engine/pipeline/sink.hpp"
#include "engine/update/signing.hpp"

namespace updraft {

// What a package has besides its transfer, at most: its head, the digests of the chunks of the
// largest transfer (spec/suit.md section 3), and the heads of both.
inline constexpr std::size_t kPackageOverhead = 4096 + 32 * 4096 + 64;

class Unwrapper final : public pipeline::Sink {
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
  Unwrapper(const Policy& policy, pipeline::Sink& content, const Stages& stages, Updater& updater)
      : policy_(policy), content_(content), stages_(stages), updater_(updater) {}
  Unwrapper(const Unwrapper&) = delete;
  Unwrapper& operator=(const Unwrapper&) = delete;

  // How many bytes a payload may have more than its content, as the device stands now.
  std::size_t overhead() const;
  // A new payload. `limit`: bytes that any layer may come to. `images`: what a patch is applied to.
  void reset(const Offer& offer, std::uint32_t limit, const pipeline::PatchImages& images);
  // Nothing before the first byte of the content.
  const std::optional<LetIn>& let_in() const { return let_in_; }
  // Errors: those of judge(), of the stages, and of the content.
  Result<> push(Bytes chunk) override { return layers_[0].push(chunk); }
  Result<> finish() override { return layers_[0].finish(); }
  // No stage is used any more, before the next reset().
  void give_back() override;

 private:
  // Holds back the first bytes until it is known where they go.
  class Layer final : public pipeline::Sink {
   public:
    void reset(Unwrapper& owner, std::size_t wrappers);
    Result<> push(Bytes chunk) override;
    Result<> finish() override;
    bool complete() const override { return next_ != nullptr && next_->complete(); }
    void let_go() {
      if (next_ != nullptr) next_->give_back();
      next_ = nullptr;
    }

   private:
    Result<> open();

    Unwrapper* owner_ = nullptr;
    std::size_t wrappers_ = 0;  // around this layer
    pipeline::Sink* next_ = nullptr;
    std::array<std::byte, kClassifyBytes> first_{};
    std::size_t first_size_ = 0;
  };
  Result<pipeline::Sink*> open(Bytes first, std::size_t wrappers);
  pipeline::Sink* stage_for(Bytes first, std::size_t wrappers);  // nullptr: none
  pipeline::Sink* patch_stage_for(Bytes first, std::size_t layer, std::size_t padding);

  const Policy& policy_;
  pipeline::Sink& content_;
  Stages stages_;
  Updater& updater_;
  Offer offer_;
  std::uint32_t limit_ = 0;
  pipeline::PatchImages images_;
  std::size_t inflaters_used_ = 0;
  std::size_t packed_ = 0;        // 1: in a package, as the first layer, which counts for none
  std::size_t sealed_layer_ = 0;  // which is the content of a container; 0: none
  pipeline::PatchSink* patch_ = nullptr;  // which is at work
  std::size_t patch_layer_ = 0;           // which is what it makes
  std::optional<LetIn> let_in_;
  std::array<Layer, kMaxWrappers + 2> layers_;
};

}  // namespace updraft
