// The end of a pipeline at a desk: keeps what arrives, in memory that grows with it. The stage
// before it has the limit.
#pragma once
#include <vector>

#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

struct Kept final : Sink {
  Result<> push(Bytes chunk) override {
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    return {};
  }
  Result<> finish() override { return {}; }
  std::vector<std::byte> bytes;
};

}  // namespace updraft::pipeline
