// A pipeline stage fed in pieces, and what came out of it: the same for the fuzzer of each stage.
#pragma once
#include <algorithm>
#include <vector>

#include "engine/pipeline/sink.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {

struct Collector final : pipeline::Sink {
  Result<> push(Bytes chunk) override {
    check(!chunk.empty(), "a push carries something");
    bytes.insert(bytes.end(), chunk.begin(), chunk.end());
    return {};
  }
  Result<> finish() override {
    check(!finished, "finish comes once");
    finished = true;
    return {};
  }
  std::vector<std::byte> bytes;
  bool finished = false;
};

struct Outcome {
  Result<> result;
  std::vector<std::byte> bytes;
};

// `stage` was reset to push into `next`, with `limit`.
inline Outcome run_stage(pipeline::Sink& stage, Collector& next, Bytes stream, std::size_t piece,
                         std::uint64_t limit) {
  Result<> result;
  while (result && !stream.empty()) {
    const Bytes part = stream.first(std::min(piece, stream.size()));
    result = stage.push(part);
    check(next.bytes.size() <= limit, "no more than the limit comes out");
    stream = stream.subspan(part.size());
  }
  if (result) result = stage.finish();
  check(next.finished == result.has_value(), "the next stage hears of a good end only");
  check(next.bytes.size() <= limit, "no more than the limit comes out");
  return {result, std::move(next.bytes)};
}

}  // namespace updraft::fuzz
