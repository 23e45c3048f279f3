// The end of a pipeline that keeps what it is given.
#pragma once
#include <optional>
#include <vector>

#include "engine/pipeline/sink.hpp"

namespace updraft::pipeline {

class Collector final : public Sink {
 public:
  Result<> push(Bytes chunk) override {
    if (refuses) return fail(*refuses, Where::image);
    total += chunk.size();
    if (keeps) bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    return {};
  }
  Result<> finish() override {
    finished = true;
    return {};
  }
  std::vector<std::byte> bytes;
  std::uint64_t total = 0;
  bool finished = false;
  bool keeps = true;
  std::optional<Code> refuses;
};

}  // namespace updraft::pipeline
