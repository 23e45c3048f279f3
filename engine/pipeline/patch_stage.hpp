// The patch stage: takes a delta patch of our own format (spec/delta.md) and pushes on the image
// that it makes from the running one.
//
// The base is read from the running slot and checked before the first byte comes out, so before
// anything is erased; earlier output is read back from the slot. After a cut the same patch makes
// the same image again, and SlotWriter leaves alone what the slot holds already; if a patch has
// restart points, the bytes before one can be taken from the slot (skip()).
//
// A patch for another base whose result is what runs already makes its result out of that: a device
// that asks for the same patch again has no failure, and learns that there is nothing to do. What
// follows the header of such a patch is not looked at.
//
// 32 KiB, all of it part of the object; nothing is allocated. TightPatchStage takes 29 KiB and
// refuses patches with more than 512 map entries, as only some across an SDK change have
// (alg_unsupported, before the first erase). Other sizes: updraft/delta/header.hpp.
#pragma once
#include "engine/delta/decoder.hpp"
#include "engine/pipeline/patch_sink.hpp"

namespace updraft::pipeline {

// The first `size` bytes of `running`, into `next`.
Result<> push_from(Flash& running, std::uint32_t size, Sink& next);

// Errors: those of delta::Decoder, of the two images, and of the next stage.
template <class Limits>
class BasicPatchStage final : public PatchSink, private delta::Ends {
 public:
  void reset(Sink& next, const PatchImages& images, std::uint64_t limit,
             std::size_t padding) override {
    next_ = &next;
    images_ = images;
    decoder_.reset(*this, images.base->size(), limit, padding);
    result_runs_ = false;
  }
  Result<> push(Bytes chunk) override {
    if (result_runs_) return {};
    const Result<> made = decoder_.push(chunk);
    return made || made.error().code != Code::wrong_base ? made : push_what_runs(made);
  }
  Result<> finish() override {
    if (!result_runs_) UPDRAFT_TRY(decoder_.finish());
    return next_->finish();
  }
  bool complete() const override { return result_runs_ || decoder_.done(); }

  std::uint64_t result_bytes() const override {
    return result_runs_ || decoder_.has_header() ? decoder_.header().target_size : 0;
  }
  Result<> flush() override { return decoder_.flush(); }
  std::uint32_t made() const override { return decoder_.made(); }
  std::uint32_t next_restart() const override { return decoder_.next_restart(); }
  Result<> skip(Bytes made) override { return decoder_.skip(made); }
  std::uint32_t passed_over() const override { return decoder_.passed_over(); }
  void leave_out(std::uint32_t bytes) override { decoder_.leave_out(bytes); }

 private:
  Result<> push_what_runs(const Result<>& wrong_base) {
    const Result<bool> runs = decoder_.base_is_target();
    if (!runs) return runs.error();
    if (!*runs) return wrong_base;
    result_runs_ = true;
    return push_from(*images_.base, decoder_.header().target_size, *next_);
  }
  Result<> read_base(std::uint32_t offset, MutableBytes out) override {
    return images_.base->read(offset, out);
  }
  Result<> read_made(std::uint32_t offset, MutableBytes out) override {
    return images_.target->read(offset, out);
  }
  Result<> take(Bytes made) override { return next_->push(made); }

  Sink* next_ = nullptr;
  PatchImages images_;
  delta::Decoder<Limits> decoder_;
  bool result_runs_ = false;
};

using PatchStage = BasicPatchStage<delta::DefaultLimits>;
using TightPatchStage = BasicPatchStage<delta::TightLimits>;

}  // namespace updraft::pipeline
