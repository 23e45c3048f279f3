// The interface of a stage that applies patches, whatever their format. The Unwrapper uses only
// this, so a device without patches carries none of their code.
#pragma once
#include <cstdint>

#include "updraft/flash.hpp"

#include "engine/pipeline/sink.hpp"
#include "engine/pipeline/slot_writer.hpp"

namespace updraft::pipeline {

// Where a patch finds its two images.
struct PatchImages {
  Flash* base = nullptr;         // the running slot
  SlotWriter* target = nullptr;  // the slot that the result goes to
};

class PatchSink : public Sink {
 public:
  // A new patch. `limit`: bytes that may come out of it. `padding`: bytes that may follow it and
  // mean nothing. The first push() may be no_memory.
  virtual void reset(Sink& next, const PatchImages& images, std::uint64_t limit,
                     std::size_t padding) = 0;

  // Bytes of its result, as the patch says; 0: not known. Before the first of them comes out.
  virtual std::uint64_t result_bytes() const { return 0; }

  // Going on after a cut, for patches with restart points. flush() pushes on all that is made;
  // then skip() takes, in order and in any pieces, exactly the bytes of the result up to
  // next_restart() in place of making them. What is skipped is not pushed on.
  virtual Result<> flush() { return {}; }
  virtual std::uint32_t made() const { return 0; }          // bytes of the result, so far
  virtual std::uint32_t next_restart() const { return 0; }  // their end; 0: there is none
  virtual Result<> skip(Bytes /*made*/) { return {}; }
  // How many of the next bytes of the patch are no longer needed, and that so many of them are left
  // out.
  virtual std::uint32_t passed_over() const { return 0; }
  virtual void leave_out(std::uint32_t /*bytes*/) {}

 protected:
  ~PatchSink() = default;
};

}  // namespace updraft::pipeline
