// What a payload is wrapped in, layer by layer: each layer holds back its first 16 bytes until its
// owner has said where they go.
//
//   payload -> Layer 0 -> a stage -> Layer 1 -> a stage -> Layer 2 -> content
//
// Two owners: Unwrapper for an app, PartFront for the content of a data partition.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/policy.hpp"
#include "updraft/stages.hpp"

#include "engine/pipeline/sink.hpp"

namespace updraft {

class Layers : public pipeline::Sink {
 public:
  Layers(const Layers&) = delete;
  Layers& operator=(const Layers&) = delete;

  // Errors: those of open(), of the stages, and of the content.
  Result<> push(Bytes chunk) override { return layers_[0].push(chunk); }
  Result<> finish() override { return layers_[0].finish(); }
  // No stage is used any more, before the next restart().
  void give_back() override;
  // Of what comes from here on: bytes that any layer may come to.
  void limit(std::uint32_t bytes) { limit_ = bytes; }

 protected:
  explicit Layers(const Stages& stages) : stages_(stages) {}
  ~Layers() = default;

  // A new payload. `limit`: bytes that any layer may come to.
  void restart(const Offer& offer, std::uint32_t limit);
  // Where the bytes of a layer go that begin with `first`. `depth`: stages before it.
  virtual Result<pipeline::Sink*> open(Bytes first, std::size_t depth) = 0;
  // The layer behind the one at `depth`, empty; and the bytes of a protocol that may follow it.
  pipeline::Sink& inside(std::size_t depth);
  std::size_t padding(std::size_t depth) const { return depth == 0 ? offer_.padding : 0; }
  // What undoes compression, and encryption once; nullptr: nothing does.
  pipeline::Sink* wrapper_stage(PayloadClass payload, std::size_t depth);
  bool unsealed() const { return sealed_layer_ != 0; }
  bool is_unsealed(std::size_t depth) const { return unsealed() && depth == sealed_layer_; }

  Stages stages_;
  Offer offer_;
  std::uint32_t limit_ = 0;

 private:
  class Layer final : public pipeline::Sink {
   public:
    void reset(Layers& owner, std::size_t depth);
    Result<> push(Bytes chunk) override;
    Result<> finish() override;
    bool complete() const override { return next_ != nullptr && next_->complete(); }
    void let_go();

   private:
    Result<> open();

    Layers* owner_ = nullptr;
    std::size_t depth_ = 0;
    pipeline::Sink* next_ = nullptr;
    std::array<std::byte, kClassifyBytes> first_{};
    std::size_t first_size_ = 0;
  };

  std::size_t inflaters_used_ = 0;
  std::size_t sealed_layer_ = 0;                // which is the content of a container; 0: none
  std::array<Layer, kMaxWrappers + 2> layers_;  // one more: a package counts for none
};

}  // namespace updraft
