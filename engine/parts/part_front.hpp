// Undoes what the content of a data partition is wrapped in, as the Unwrapper does for an app. Raw
// data has no magic, so whatever is no wrapper is the content, and FormatCheck judges that. A patch
// of our own format is applied to what the partition holds now.
#pragma once
#include "engine/update/layers.hpp"

namespace updraft::parts {

// Where a patch finds what it is made from, and reads back what it made.
class PatchPlace {
 public:
  // From here on the content comes from a patch. Errors: alg_unsupported (it would be written over
  // what it is made from, or beside an app).
  virtual Result<pipeline::PatchImages> take_patch() = 0;

 protected:
  ~PatchPlace() = default;
};

class PartFront final : public Layers {
 public:
  // `stages`: those that the Updater has; only one of the two is at work. Errors of push():
  // alg_unsupported (no stage for it; a patch that has no place, or is not ours), wrong_target (a
  // signed package, which says itself what it is for), malformed (wrapped too often), and those of
  // stages and content.
  PartFront(pipeline::Sink& content, PatchPlace& place, const Stages& stages)
      : Layers(stages), content_(content), place_(place) {}

  // A new payload. `limit`: bytes that any layer may come to.
  void reset(const Offer& offer, std::uint32_t limit) {
    patched_ = false;
    restart(offer, limit);
  }

 private:
  Result<pipeline::Sink*> open(Bytes first, std::size_t depth) override;
  Result<pipeline::Sink*> open_patch(Bytes first, std::size_t depth);

  pipeline::Sink& content_;
  PatchPlace& place_;
  bool patched_ = false;
};

}  // namespace updraft::parts
