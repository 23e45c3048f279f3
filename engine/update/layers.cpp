#include "engine/update/layers.hpp"

#include <algorithm>

namespace updraft {

void Layers::restart(const Offer& offer, std::uint32_t limit) {
  offer_ = offer;
  limit_ = limit;
  inflaters_used_ = 0;
  sealed_layer_ = 0;
  layers_[0].reset(*this, 0);
}

pipeline::Sink& Layers::inside(std::size_t depth) {
  layers_[depth + 1].reset(*this, depth + 1);
  return layers_[depth + 1];
}

pipeline::Sink* Layers::wrapper_stage(PayloadClass payload, std::size_t depth) {
  pipeline::UnwrapStage* stage = nullptr;
  if (payload == PayloadClass::compressed) stage = stages_.inflaters.at(inflaters_used_++);
  if (payload == PayloadClass::encrypted && !unsealed()) stage = stages_.unseal;
  if (stage == nullptr) return nullptr;
  if (payload == PayloadClass::encrypted) sealed_layer_ = depth + 1;
  stage->reset(inside(depth), limit_, padding(depth));
  return stage;
}

void Layers::give_back() {
  for (Layer& layer : layers_) layer.let_go();
}

void Layers::Layer::reset(Layers& owner, std::size_t depth) {
  owner_ = &owner;
  depth_ = depth;
  next_ = nullptr;
  first_size_ = 0;
}

void Layers::Layer::let_go() {
  if (next_ != nullptr) next_->give_back();
  next_ = nullptr;
}

Result<> Layers::Layer::push(Bytes chunk) {
  if (next_ == nullptr) {
    const Bytes part = chunk.first(std::min(chunk.size(), first_.size() - first_size_));
    std::copy(part.begin(), part.end(), first_.begin() + static_cast<std::ptrdiff_t>(first_size_));
    first_size_ += part.size();
    if (first_size_ < first_.size()) return {};
    UPDRAFT_TRY(open());
    chunk = chunk.subspan(part.size());
  }
  return next_->push(chunk);
}

Result<> Layers::Layer::finish() {
  if (next_ == nullptr) UPDRAFT_TRY(open());
  return next_->finish();
}

Result<> Layers::Layer::open() {
  const Bytes first = Bytes(first_).first(first_size_);
  const Result<pipeline::Sink*> next = owner_->open(first, depth_);
  if (!next) return next.error();
  next_ = *next;
  return next_->push(first);
}

}  // namespace updraft
