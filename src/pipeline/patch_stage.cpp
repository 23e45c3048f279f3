#include "updraft/pipeline/patch_stage.hpp"

namespace updraft::pipeline {

void PatchStage::reset(Sink& next, const PatchImages& images, std::uint64_t limit,
                       std::size_t tail) {
  next_ = &next;
  images_ = images;
  decoder_.reset(*this, images.base->size(), limit, tail);
}

Result<> PatchStage::finish() {
  UPDRAFT_TRY(decoder_.finish());
  return next_->finish();
}

}  // namespace updraft::pipeline
