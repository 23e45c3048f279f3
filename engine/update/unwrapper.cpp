#include "engine/update/unwrapper.hpp"

namespace updraft {

std::size_t Unwrapper::overhead() const {
  const std::size_t sealed = stages_.unseal != nullptr ? format::kSealedHeaderBytes : 0;
  return takes_packages(policy_) ? sealed + kPackageOverhead : sealed;
}

void Unwrapper::reset(const Offer& offer, std::uint32_t limit,
                      const pipeline::PatchImages& images) {
  images_ = images;
  packed_ = 0;
  patch_ = nullptr;
  patch_layer_ = 0;
  let_in_.reset();
  restart(offer, limit);
}

Result<pipeline::Sink*> Unwrapper::open(Bytes first, std::size_t depth) {
  const bool sealed = is_unsealed(depth);
  if (depth < kMaxWrappers + packed_ && (!sealed || makes_sense(first))) {
    if (pipeline::Sink* const stage = stage_for(first, depth)) return stage;
  }
  const bool verified = packed_ != 0 && !offer_.unsigned_package;
  const Result<Trust> trust = judge(policy_, offer_, first, {depth - packed_, sealed, verified});
  if (!trust) return trust.error();
  const bool plain = depth == 0;
  if (plain && offer_.size > limit_) return fail(Code::too_big, Where::slot, offer_.size, limit_);
  pipeline::PatchSink* const patch = depth == patch_layer_ ? patch_ : nullptr;
  let_in_ = {
      .trust = *trust, .plain = plain, .patch = patch, .patch_is_payload = patch_layer_ == 1};
  const std::uint64_t made = patch != nullptr ? patch->result_bytes() : 0;
  content_.announce(plain ? offer_.size : made);
  return &content_;
}

pipeline::Sink* Unwrapper::stage_for(Bytes first, std::size_t depth) {
  const PayloadClass payload = classify(first);
  if (policy_.signing != nullptr && depth == 0) {
    const SignedWay way{inside(0), *images_.target, updater_, offer_, patch_};
    if (pipeline::Sink* const stage = policy_.signing->stage_for(payload, way)) {
      packed_ = 1;
      return stage;
    }
  }
  if (payload == PayloadClass::delta) return patch_stage_for(first, depth);
  return wrapper_stage(payload, depth);
}

// The base is one image, so a patch in a patch has none.
pipeline::Sink* Unwrapper::patch_stage_for(Bytes first, std::size_t depth) {
  const bool own = load_u8(first, 0) == 'U';
  pipeline::PatchSink* const stage = own ? stages_.patch : stages_.esp_patch;
  if (patch_ != nullptr || stage == nullptr) return nullptr;
  patch_ = stage;
  patch_layer_ = depth + 1;
  stage->reset(inside(depth), images_, limit_, padding(depth));
  return stage;
}

}  // namespace updraft
