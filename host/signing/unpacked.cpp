#include "host/signing/unpacked.hpp"

#include <memory>
#include <utility>

#include "engine/pipeline/inflate_stage.hpp"
#include "engine/pipeline/kept.hpp"

namespace updraft::host {

Result<std::vector<std::byte>> unpacked(Bytes file, std::uint64_t most) {
  const auto stage = std::make_unique<pipeline::InflateStage>();
  pipeline::Kept content;
  stage->reset(content, most, 0);
  UPDRAFT_TRY(stage->push(file));
  UPDRAFT_TRY(stage->finish());
  return std::move(content.bytes);
}

}  // namespace updraft::host
