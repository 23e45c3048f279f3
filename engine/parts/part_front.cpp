#include "engine/parts/part_front.hpp"

namespace updraft::parts {

Result<pipeline::Sink*> PartFront::open(Bytes first, std::size_t depth) {
  const PayloadClass payload = classify(first);
  switch (payload) {
    case PayloadClass::signed_package:
    case PayloadClass::key_set:
      return fail(Code::wrong_target, Where::gate, load_u8(first, 0), 0, Reason::package_for_data);
    case PayloadClass::compressed:
    case PayloadClass::encrypted:
    case PayloadClass::delta:
      break;
    default:
      return &content_;
  }
  if (depth == kMaxWrappers) return fail(Code::malformed, Where::gate, depth + 1, kMaxWrappers);
  if (payload == PayloadClass::delta) return open_patch(first, depth);
  if (pipeline::Sink* const stage = wrapper_stage(payload, depth)) return stage;
  return fail(Code::alg_unsupported, Where::gate, load_u8(first, 0));
}

// The base is what the partition holds, so a patch in a patch has none.
Result<pipeline::Sink*> PartFront::open_patch(Bytes first, std::size_t depth) {
  const bool ours = load_u8(first, 0) == 'U';
  if (patched_ || !ours || stages_.patch == nullptr) {
    return fail(Code::alg_unsupported, Where::gate, load_u8(first, 0));
  }
  const Result<pipeline::PatchImages> images = place_.take_patch();
  if (!images) return images.error();
  patched_ = true;
  stages_.patch->reset(inside(depth), *images, limit_, padding(depth));
  return stages_.patch;
}

}  // namespace updraft::parts
