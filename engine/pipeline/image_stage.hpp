// The verify stage: lets an application image through while it judges it.
//
// Nothing reaches the next stage before the first 288 bytes (header, segment header, app
// descriptor) are judged, so that a wrong image is refused before anything is erased. Bytes after
// the image pass as far as a signature sector may reach and the slot has room; the rest is counted
// and dropped.
#pragma once
#include <array>

#include "engine/format/image_verifier.hpp"
#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

// Errors: those of format::ImageVerifier, and of the next stage.
class ImageStage final : public Sink {
 public:
  explicit ImageStage(Sink& next) : next_(next) {}
  void reset(const format::ImageExpectation& expectation);
  void announce(std::uint64_t bytes) override { next_.announce(bytes); }
  Result<> push(Bytes chunk) override;
  Result<> finish() override;
  bool complete() const override { return verifier_.complete(); }
  // Bytes that come next but are in the slot already: judged, and not passed on. Only once
  // head_passed().
  Result<> skip(Bytes held);
  std::uint64_t passed() const { return passed_; }  // bytes on their way into the slot, or in it

  const format::ImageInfo& info() const { return verifier_.info(); }
  Bytes head() const { return head_; }  // once head_passed()
  bool head_passed() const { return head_size_ == head_.size(); }
  // For a second walk over the same image, once this one is finished.
  format::ImageVerifier& verifier() { return verifier_; }

 private:
  Result<> pass_on(Bytes chunk);

  Sink& next_;
  format::ImageVerifier verifier_;
  std::array<std::byte, format::kImageHeadBytes> head_{};
  std::size_t head_size_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint64_t passed_ = 0;
};

}  // namespace updraft::pipeline
