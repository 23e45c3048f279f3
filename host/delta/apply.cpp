#include "host/delta/apply.hpp"

#include "updraft/flash.hpp"

#include "engine/pipeline/esp_patch_stage.hpp"
#include "engine/pipeline/kept.hpp"
#include "host/delta/diff.hpp"

namespace updraft::diff {
namespace {

constexpr std::uint32_t kEspMagic = 0xFCCD'DE10;

// An image as a flash that is only read.
class ImageFlash final : public Flash {
 public:
  explicit ImageFlash(Bytes image) : image_(image) {}
  std::uint32_t size() const override { return static_cast<std::uint32_t>(image_.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), image_.size())) return fail(Code::flash, Where::delta);
    std::copy_n(image_.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t, Bytes) override { return fail(Code::flash, Where::delta); }
  Result<> erase(std::uint32_t, std::uint32_t) override { return fail(Code::flash, Where::delta); }

 private:
  Bytes image_;
};

}  // namespace

bool is_esp_patch(Bytes patch) { return patch.size() >= 4 && load_le32(patch, 0) == kEspMagic; }

Result<std::vector<std::byte>> apply_any_patch(Bytes old_image, Bytes patch) {
  if (!is_esp_patch(patch)) return apply_patch(old_image, patch);
  ImageFlash base(old_image);
  pipeline::Kept made;
  pipeline::EspPatchStage stage;
  stage.reset(made, {.base = &base}, kMostTarget, 0);
  UPDRAFT_TRY(stage.push(patch));
  UPDRAFT_TRY(stage.finish());
  return std::move(made.bytes);
}

}  // namespace updraft::diff
