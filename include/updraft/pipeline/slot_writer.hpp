// The end of the pipeline: writes a slot from its start, erasing just ahead of the data.
//
// Programs are whole 256-byte pages whatever sizes arrive; erases are 64 KiB blocks where enough of
// the image is left to make one cheaper than sectors, else 4 KiB sectors. One call to Flash is at
// most one erase unit or one sector's worth of pages, so that a port can yield between calls.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/core/flash.hpp"
#include "updraft/pipeline/sink.hpp"

namespace updraft::pipeline {

// Errors: flash, too_big (more bytes than the slot holds).
class SlotWriter final : public Sink {
 public:
  // `expected`: bytes that will come; 0: not known.
  void reset(Flash& slot, std::uint64_t expected);
  Result<> push(Bytes chunk) override;
  Result<> finish() override;  // writes the last, partial page
  std::uint32_t written() const { return offset_; }
  // Bytes that were pushed, [offset, offset + out.size()), wherever they are now. Error: flash.
  Result<> read(std::uint32_t offset, MutableBytes out);

 private:
  Result<> program(Bytes pages);  // at offset_, which is page aligned
  Result<> erase_ahead();         // at erased_to_

  Flash* slot_ = nullptr;
  std::uint64_t expected_ = 0;
  std::uint32_t offset_ = 0;     // next byte to program
  std::uint32_t erased_to_ = 0;  // everything below is erased or programmed
  std::array<std::byte, kFlashPage> page_{};
  std::size_t filled_ = 0;
};

}  // namespace updraft::pipeline
