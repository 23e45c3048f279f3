#include "host/sealing/sealed_content.hpp"

#include "updraft/policy.hpp"

#include "engine/pipeline/kept.hpp"
#include "engine/pipeline/unseal_stage.hpp"

namespace updraft::host {
Result<std::vector<std::byte>> open_sealed(Bytes file, format::SealedKeys& keys) {
  pipeline::UnsealStage stage(keys);
  pipeline::Kept content;
  stage.reset(content, UINT32_MAX, 0);
  Result<> opened = stage.push(file);
  if (opened) opened = stage.finish();
  if (opened) return std::move(content.bytes);
  const Bytes first = Bytes(content.bytes).first(std::min(content.bytes.size(), kClassifyBytes));
  if (opened.error().code == Code::bad_hash && !makes_sense(first)) {
    return fail(Code::wrong_key, Where::gate, 0, format::kSealedMagic, Reason::sealed_other_key);
  }
  return std::unexpected(opened.error());
}

}  // namespace updraft::host
