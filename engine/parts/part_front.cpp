#include "engine/parts/part_front.hpp"

namespace updraft::parts {

void PartFront::reset(const Offer& offer, std::uint32_t limit) {
  padding_ = offer.padding;
  limit_ = limit;
  inflaters_used_ = 0;
  sealed_ = plain_ = false;
  layers_[0].reset(*this, 0);
}

Result<pipeline::Sink*> PartFront::open(Bytes first, std::size_t depth) {
  const PayloadClass payload = classify(first);
  const std::size_t padding = depth == 0 ? padding_ : 0;
  const bool wrapper = payload == PayloadClass::compressed || payload == PayloadClass::encrypted ||
                       payload == PayloadClass::delta;
  if (payload == PayloadClass::signed_package || payload == PayloadClass::key_set) {
    return fail(Code::wrong_target, Where::gate, load_u8(first, 0), 0, Reason::package_for_data);
  }
  if (!wrapper) {
    plain_ = depth == 0;
    return &content_;
  }
  if (depth == kMaxWrappers) return fail(Code::malformed, Where::gate, depth + 1, kMaxWrappers);
  Layer& inner = layers_[depth + 1];
  inner.reset(*this, depth + 1);
  pipeline::UnwrapStage* stage = nullptr;
  if (payload == PayloadClass::compressed) stage = stages_.inflaters.at(inflaters_used_++);
  if (payload == PayloadClass::encrypted && !sealed_) stage = stages_.unseal;
  if (stage == nullptr) return fail(Code::alg_unsupported, Where::gate, load_u8(first, 0));
  sealed_ = sealed_ || payload == PayloadClass::encrypted;
  stage->reset(inner, limit_, padding);
  return stage;
}

void PartFront::give_back() {
  for (Layer& layer : layers_) layer.give_back();
}

void PartFront::Layer::give_back() {
  if (next_ != nullptr) next_->give_back();
  next_ = nullptr;
}

void PartFront::Layer::reset(PartFront& owner, std::size_t depth) {
  owner_ = &owner;
  depth_ = depth;
  next_ = nullptr;
  first_size_ = 0;
}

Result<> PartFront::Layer::push(Bytes chunk) {
  if (next_ == nullptr) {
    const Bytes part = at_most(chunk, first_.size() - first_size_);
    std::ranges::copy(part, first_.begin() + static_cast<std::ptrdiff_t>(first_size_));
    first_size_ += part.size();
    if (first_size_ < first_.size()) return {};
    UPDRAFT_TRY(open());
    chunk = chunk.subspan(part.size());
  }
  return next_->push(chunk);
}

Result<> PartFront::Layer::finish() {
  if (next_ == nullptr) UPDRAFT_TRY(open());
  return next_->finish();
}

Result<> PartFront::Layer::open() {
  const Bytes first = Bytes(first_).first(first_size_);
  const Result<pipeline::Sink*> next = owner_->open(first, depth_);
  if (!next) return next.error();
  next_ = *next;
  return next_->push(first);
}

}  // namespace updraft::parts
