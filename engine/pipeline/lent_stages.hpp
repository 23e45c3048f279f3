// Stages whose memory is there only while a payload of their kind is: borrowed by the first push(),
// given back by give_back(). LentInflateStage does so by itself (inflate_stage.hpp).
#pragma once
#include "engine/core/lender.hpp"
#include "engine/pipeline/patch_sink.hpp"
#include "engine/pipeline/unseal_stage.hpp"

namespace updraft::pipeline {

class LentUnsealStage final : public UnwrapStage {
 public:
  // Both outlive it.
  LentUnsealStage(Lender& lender, format::SealedKeys& keys) : stage_(lender), keys_(keys) {}
  void reset(Sink& next, std::uint64_t limit, std::size_t padding) override {
    stage_.give_back();
    next_ = &next;
    limit_ = limit;
    padding_ = padding;
  }
  Result<> push(Bytes chunk) override {
    if (!stage_) {
      UPDRAFT_TRY(stage_.make(keys_));
      stage_->reset(*next_, limit_, padding_);
    }
    return stage_->push(chunk);
  }
  Result<> finish() override { return stage_->finish(); }
  bool complete() const override { return stage_ && stage_->complete(); }
  void give_back() override { stage_.give_back(); }

 private:
  Borrowed<UnsealStage> stage_;
  format::SealedKeys& keys_;
  Sink* next_ = nullptr;
  std::uint64_t limit_ = 0;
  std::size_t padding_ = 0;
};

// Of PatchStage, TightPatchStage or EspPatchStage.
template <class Stage>
class LentPatchStage final : public PatchSink {
 public:
  explicit LentPatchStage(Lender& lender) : stage_(lender) {}  // which outlives it
  void reset(Sink& next, const PatchImages& images, std::uint64_t limit,
             std::size_t padding) override {
    stage_.give_back();
    next_ = &next;
    images_ = images;
    limit_ = limit;
    padding_ = padding;
  }
  Result<> push(Bytes chunk) override {
    if (!stage_) {
      UPDRAFT_TRY(stage_.make());
      stage_->reset(*next_, images_, limit_, padding_);
    }
    return stage_->push(chunk);
  }
  Result<> finish() override { return stage_->finish(); }
  bool complete() const override { return stage_ && stage_->complete(); }
  void give_back() override { stage_.give_back(); }

  std::uint64_t result_bytes() const override { return stage_->result_bytes(); }
  Result<> flush() override { return stage_->flush(); }
  std::uint32_t made() const override { return stage_->made(); }
  std::uint32_t next_restart() const override { return stage_->next_restart(); }
  Result<> skip(Bytes made) override { return stage_->skip(made); }
  std::uint32_t passed_over() const override { return stage_->passed_over(); }
  void leave_out(std::uint32_t bytes) override { stage_->leave_out(bytes); }

 private:
  Borrowed<Stage> stage_;
  Sink* next_ = nullptr;
  PatchImages images_;
  std::uint64_t limit_ = 0;
  std::size_t padding_ = 0;
};

}  // namespace updraft::pipeline
