// The interface of a stage that undoes what a payload is wrapped in. The Unwrapper uses only this,
// so a device that lends none of them carries none of their code.
#pragma once
#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

class UnwrapStage : public Sink {
 public:
  // A new payload, whose content goes to `next`. `limit`: bytes that may come out of it. `padding`:
  // bytes that may follow it and mean nothing. Error: no_memory.
  virtual Result<> reset(Sink& next, std::uint64_t limit, std::size_t padding) = 0;

 protected:
  ~UnwrapStage() = default;
};

}  // namespace updraft::pipeline
