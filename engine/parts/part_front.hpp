// Undoes what the content of a data partition is wrapped in, as the Unwrapper does for an app. Raw
// data has no magic, so whatever is no wrapper is the content, and FormatCheck judges that.
#pragma once
#include "engine/update/layers.hpp"

namespace updraft::parts {

class PartFront final : public Layers {
 public:
  // `stages`: those that the Updater has; only one of the two is at work. Patches are not taken.
  // Errors of push(): alg_unsupported (no stage for it, or a patch), wrong_target (a signed
  // package, which says itself what it is for), malformed (wrapped too often), and those of stages
  // and content.
  PartFront(pipeline::Sink& content, const Stages& stages) : Layers(stages), content_(content) {}

  // A new payload. `limit`: bytes that any layer may come to.
  void reset(const Offer& offer, std::uint32_t limit) { restart(offer, limit); }

 private:
  Result<pipeline::Sink*> open(Bytes first, std::size_t depth) override;

  pipeline::Sink& content_;
};

}  // namespace updraft::parts
