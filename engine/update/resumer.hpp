// Goes on with an update that was cut off: reads and judges the recorded sectors of the slot, so
// that the link need not send them (docs/decisions/0016-slot-ledger.md, 0019-delta-resume.md).
//
// The first sector that does not read as recorded ends this: from there on the link sends.
#pragma once
#include <cstdint>
#include <optional>

#include "engine/pipeline/image_stage.hpp"
#include "engine/pipeline/slot_writer.hpp"
#include "engine/update/unwrapper.hpp"

namespace updraft {

class Resumer {
 public:
  // Both outlive it.
  Resumer(pipeline::SlotWriter& writer, pipeline::ImageStage& image)
      : writer_(writer), image_(image) {}

  void reset() { took_any_ = false; }  // a new payload
  // Of a payload of `size` bytes, `received` have arrived: adds those that need not be sent. If the
  // payload is a patch, these are its bytes up to the last restart point before which all is
  // recorded. A patch inside a wrapper goes on there too, but all of it has to be sent: a
  // compressed stream and the tag of a container need every byte.
  Result<> go_on(const Unwrapper::LetIn& payload, std::uint64_t size, std::uint64_t& received);

  // The rest of the sector that is gathered, as the slot holds it; empty: its next byte has to be
  // sent. Good until the next call. Error: flash.
  Result<Bytes> take_sector();

  // A part of this image was in the slot already.
  bool took_any() const { return took_any_; }
  // A bad image is not the sender's fault if a part was taken from the slot: the slot held another
  // payload, so the next attempt begins at the beginning.
  Error reconsider(const Error& error);

 private:
  Result<> take_image(std::uint64_t& received);
  Result<> take_parts(pipeline::PatchSink& patch);
  Result<> take_on(pipeline::PatchSink* patch);
  std::optional<std::uint32_t> recorded_check(std::uint32_t sector_offset);
  bool recorded_up_to(std::uint32_t end);

  pipeline::SlotWriter& writer_;
  pipeline::ImageStage& image_;
  bool took_any_ = false;
};

}  // namespace updraft
