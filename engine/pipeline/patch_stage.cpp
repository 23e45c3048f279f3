#include "engine/pipeline/patch_stage.hpp"

#include <array>

#include "engine/crypto/digest.hpp"

namespace updraft::pipeline {
namespace {

constexpr std::size_t kStep = 512;  // bytes on the stack

template <class Use>
Result<> for_each_part(Flash& running, std::uint32_t size, Use use) {
  std::array<std::byte, kStep> buffer;
  for (std::uint32_t at = 0; at < size;) {
    const MutableBytes part =
        MutableBytes(buffer).first(std::min<std::size_t>(buffer.size(), size - at));
    UPDRAFT_TRY(running.read(at, part));
    UPDRAFT_TRY(use(part));
    at += static_cast<std::uint32_t>(part.size());
  }
  return {};
}

}  // namespace

Result<bool> holds(Flash& running, std::uint32_t size, const crypto::Sha256Digest& digest) {
  if (size > running.size()) return false;
  crypto::Sha256 hash;
  UPDRAFT_TRY(for_each_part(running, size, [&hash](Bytes part) -> Result<> {
    hash.update(part);
    return {};
  }));
  return hash.finish() == digest;
}

Result<> push_from(Flash& running, std::uint32_t size, Sink& next) {
  return for_each_part(running, size, [&next](Bytes part) { return next.push(part); });
}

}  // namespace updraft::pipeline
