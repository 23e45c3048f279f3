#include "engine/update/unwrapper.hpp"

#include <algorithm>

namespace updraft {

std::size_t Unwrapper::overhead() const {
  const std::size_t sealed = stages_.unseal != nullptr ? format::kSealedHeaderBytes : 0;
  return takes_packages(policy_) ? sealed + kPackageOverhead : sealed;
}

void Unwrapper::reset(const Offer& offer, std::uint32_t limit,
                      const pipeline::PatchImages& images) {
  offer_ = offer;
  limit_ = limit;
  images_ = images;
  inflaters_used_ = 0;
  packed_ = 0;
  sealed_layer_ = 0;
  patch_ = nullptr;
  patch_layer_ = 0;
  let_in_.reset();
  layers_[0].reset(*this, 0);
}

Result<pipeline::Sink*> Unwrapper::open(Bytes first, std::size_t wrappers) {
  const bool sealed = wrappers != 0 && wrappers == sealed_layer_;
  if (wrappers < kMaxWrappers + packed_ && (!sealed || makes_sense(first))) {
    if (pipeline::Sink* const stage = stage_for(first, wrappers)) return stage;
  }
  const bool verified = packed_ != 0 && !offer_.unsigned_package;
  const Result<Trust> trust = judge(policy_, offer_, first, {wrappers - packed_, sealed, verified});
  if (!trust) return trust.error();
  if (wrappers == 0 && offer_.size > limit_) {
    return fail(Code::too_big, Where::slot, offer_.size, limit_);
  }
  const bool plain = wrappers == 0;
  pipeline::PatchSink* const patch = wrappers == patch_layer_ ? patch_ : nullptr;
  let_in_ = {
      .trust = *trust, .plain = plain, .patch = patch, .patch_is_payload = patch_layer_ == 1};
  const std::uint64_t made = patch != nullptr ? patch->result_bytes() : 0;
  content_.announce(plain ? offer_.size : made);
  return &content_;
}

pipeline::Sink* Unwrapper::stage_for(Bytes first, std::size_t wrappers) {
  const PayloadClass payload = classify(first);
  Layer& inside = layers_[wrappers + 1];
  inside.reset(*this, wrappers + 1);
  const std::size_t padding = wrappers == 0 ? offer_.padding : 0;
  if (policy_.signing != nullptr && wrappers == 0) {
    const SignedWay way{inside, *images_.target, updater_, offer_, patch_};
    if (pipeline::Sink* const stage = policy_.signing->stage_for(payload, way)) {
      packed_ = 1;
      return stage;
    }
  }
  if (payload == PayloadClass::delta) return patch_stage_for(first, wrappers + 1, padding);
  pipeline::UnwrapStage* stage = nullptr;
  if (payload == PayloadClass::compressed) stage = stages_.inflaters.at(inflaters_used_++);
  if (payload == PayloadClass::encrypted && sealed_layer_ == 0) stage = stages_.unseal;
  if (stage == nullptr) return nullptr;
  if (payload == PayloadClass::encrypted) sealed_layer_ = wrappers + 1;
  stage->reset(inside, limit_, padding);
  return stage;
}

// The base is one image, so a patch in a patch has none.
pipeline::Sink* Unwrapper::patch_stage_for(Bytes first, std::size_t layer, std::size_t padding) {
  const bool own = load_u8(first, 0) == 'U';
  pipeline::PatchSink* const stage = own ? stages_.patch : stages_.esp_patch;
  if (patch_ != nullptr || stage == nullptr) return nullptr;
  patch_ = stage;
  patch_layer_ = layer;
  stage->reset(layers_[layer], images_, limit_, padding);
  return stage;
}

void Unwrapper::give_back() {
  for (Layer& layer : layers_) layer.let_go();
}

void Unwrapper::Layer::reset(Unwrapper& owner, std::size_t wrappers) {
  owner_ = &owner;
  wrappers_ = wrappers;
  next_ = nullptr;
  first_size_ = 0;
}

Result<> Unwrapper::Layer::push(Bytes chunk) {
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

Result<> Unwrapper::Layer::finish() {
  if (next_ == nullptr) UPDRAFT_TRY(open());
  return next_->finish();
}

Result<> Unwrapper::Layer::open() {
  const Bytes first = Bytes(first_).first(first_size_);
  const Result<pipeline::Sink*> next = owner_->open(first, wrappers_);
  if (!next) return next.error();
  next_ = *next;
  return next_->push(first);
}

}  // namespace updraft
