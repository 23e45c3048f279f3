// Goes on with an update that was cut off: reads and judges the recorded sectors of the slot, so
// that the link need not send them (docs/decisions/0016-slot-ledger.md, 0019-delta-resume.md).
//
// The first sector that does not read as recorded ends this: from there on the link sends.
#pragma once
#include <cstdint>

#include "engine/pipeline/image_stage.hpp"
#include "engine/pipeline/patch_sink.hpp"
#include "engine/pipeline/slot_writer.hpp"

namespace updraft {

class Resumer {
 public:
  // Both outlive it.
  Resumer(pipeline::SlotWriter& writer, pipeline::ImageStage& image)
      : writer_(writer), image_(image) {}

  void reset() { took_any_ = false; }  // a new payload
  // The payload is the image: `received` bytes of it have arrived. Returns how many are here now.
  Result<std::uint64_t> go_on(std::uint64_t received);
  // The payload is a patch: goes on up to the last restart point before which all is recorded.
  // Returns how many of its next bytes are no longer needed, of `rest` that are still to come.
  Result<std::uint32_t> go_on(pipeline::PatchSink& patch, std::uint64_t rest);

  // The rest of the sector that is gathered, as the slot holds it; empty: its next byte has to be
  // sent. Good until the next call. Error: flash.
  Result<Bytes> take_sector();

  // A part of this image was in the slot already.
  bool took_any() const { return took_any_; }
  // A bad image is not the sender's fault if a part was taken from the slot: the slot held another
  // payload, so the next attempt begins at the beginning.
  Error judged(const Error& error);

 private:
  bool recorded_up_to(std::uint32_t end);

  pipeline::SlotWriter& writer_;
  pipeline::ImageStage& image_;
  bool took_any_ = false;
};

}  // namespace updraft
