#include "engine/pipeline/patch_stage.hpp"

#include <array>

namespace updraft::pipeline {

Result<> push_from(Flash& running, std::uint32_t size, Sink& next) {
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < size;) {
    const MutableBytes part =
        MutableBytes(page).first(std::min<std::size_t>(page.size(), size - at));
    UPDRAFT_TRY(running.read(at, part));
    UPDRAFT_TRY(next.push(part));
    at += static_cast<std::uint32_t>(part.size());
  }
  return {};
}

}  // namespace updraft::pipeline
