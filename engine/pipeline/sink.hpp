// A stage of the pipeline: bytes are pushed in, the stage pushes what it makes of them into the
// next.
//
//   unseal -> inflate -> patch -> ImageStage -> SlotWriter
//
// Chunk borders mean nothing. The first error ends the payload; nothing is pushed after it.
#pragma once
#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

namespace updraft::pipeline {

class Sink {
 public:
  virtual Result<> push(Bytes chunk) = 0;  // takes all of it
  virtual Result<> finish() = 0;           // once, after the last push
  // Before the first push: exactly so many bytes will come; 0: not known.
  virtual void announce(std::uint64_t /*bytes*/) {}
  // At least so many bytes will come in all, as far as is known now. May be called again with more.
  virtual void expect(std::uint64_t /*bytes*/) {}
  // The content is complete by its own length: bytes that still come have no meaning.
  virtual bool complete() const { return false; }
  // The payload is over, however it ended: memory that was borrowed for it goes back.
  virtual void give_back() {}

 protected:
  ~Sink() = default;  // stages live in their owner and are never deleted through Sink
};

}  // namespace updraft::pipeline
