// The end of a pipeline on a desk: keeps what arrives.
#pragma once
#include <vector>

#include "engine/pipeline/sink.hpp"

namespace updraft::cli {

struct Collector final : pipeline::Sink {
  Result<> push(Bytes chunk) override {
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    return {};
  }
  Result<> finish() override { return {}; }
  std::vector<std::byte> bytes;
};

}  // namespace updraft::cli
