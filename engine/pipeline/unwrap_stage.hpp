// The interface of a stage that undoes what a payload is wrapped in. The Unwrapper uses only this,
// so a device that lends none of them carries none of their code.
#pragma once
#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

class UnwrapStage : public Sink {
 public:
  // A new payload, whose content goes to `next`. `limit`: bytes that may come out of it. `padding`:
  // bytes that may follow it and mean nothing. What memory it borrows it borrows when bytes come:
  // push() may be no_memory, before anything goes on.
  virtual void reset(Sink& next, std::uint64_t limit, std::size_t padding) = 0;

 protected:
  ~UnwrapStage() = default;
};

}  // namespace updraft::pipeline
