// Undoes what the content of a data partition is wrapped in, as the Unwrapper does for an app. Raw
// data has no magic, so whatever is no wrapper is the content, and FormatCheck judges that.
#pragma once
#include <array>

#include "updraft/policy.hpp"
#include "updraft/stages.hpp"

#include "engine/pipeline/sink.hpp"

namespace updraft::parts {

class PartFront final : public pipeline::Sink {
 public:
  // `stages`: those that the Updater has; only one of the two is at work. Patches are not taken.
  PartFront(pipeline::Sink& content, const Stages& stages) : content_(content), stages_(stages) {}
  PartFront(const PartFront&) = delete;
  PartFront& operator=(const PartFront&) = delete;

  // A new payload. `limit`: bytes that any layer may come to.
  void reset(const Offer& offer, std::uint32_t limit);
  bool plain() const { return plain_; }  // the payload is the content; once it has begun
  // Errors: alg_unsupported (no stage for it, or a patch), wrong_target (a signed package, which
  // says itself what it is for), malformed (wrapped too often), and those of stages and content.
  Result<> push(Bytes chunk) override { return layers_[0].push(chunk); }
  Result<> finish() override { return layers_[0].finish(); }
  // No stage is used any more, before the next reset().
  void give_back() override;

 private:
  class Layer final : public pipeline::Sink {
   public:
    void reset(PartFront& owner, std::size_t depth);
    Result<> push(Bytes chunk) override;
    Result<> finish() override;
    bool complete() const override { return next_ != nullptr && next_->complete(); }
    void give_back() override;

   private:
    Result<> open();

    PartFront* owner_ = nullptr;
    std::size_t depth_ = 0;
    pipeline::Sink* next_ = nullptr;
    std::array<std::byte, kClassifyBytes> first_{};
    std::size_t first_size_ = 0;
  };
  Result<pipeline::Sink*> open(Bytes first, std::size_t depth);

  pipeline::Sink& content_;
  Stages stages_;
  std::size_t padding_ = 0;
  std::uint32_t limit_ = 0;
  std::size_t inflaters_used_ = 0;
  bool sealed_ = false;
  bool plain_ = false;
  std::array<Layer, kMaxWrappers + 1> layers_;
};

}  // namespace updraft::parts
