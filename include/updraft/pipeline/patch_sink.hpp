// A stage that applies patches, whatever their format: what the Unwrapper knows of one, so that a
// device without patches carries none of their code.
#pragma once
#include <cstdint>

#include "updraft/core/flash.hpp"
#include "updraft/pipeline/sink.hpp"
#include "updraft/pipeline/slot_writer.hpp"

namespace updraft::pipeline {

// Where a patch finds its two images.
struct PatchImages {
  Flash* base = nullptr;         // the running slot
  SlotWriter* target = nullptr;  // the slot that the result goes to
};

class PatchSink : public Sink {
 public:
  // A new patch. `limit`: bytes that may come out of it. `tail`: bytes that may follow it and mean
  // nothing.
  virtual void reset(Sink& next, const PatchImages& images, std::uint64_t limit,
                     std::size_t tail) = 0;

 protected:
  ~PatchSink() = default;
};

}  // namespace updraft::pipeline
