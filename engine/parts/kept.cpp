#include "engine/parts/kept.hpp"

#include <algorithm>

namespace updraft::parts {

std::optional<std::uint32_t> kept_head(std::uint32_t low) {
  if (low < kFlashSector) return std::nullopt;
  return low - kFlashSector;
}

Result<bool> open_kept(Flash& area, std::uint32_t low, const crypto::Sha256Digest& content,
                       crypto::Sha256& hash, StoreReader& kept) {
  const std::optional<std::uint32_t> head = kept_head(low);
  if (!head) return false;
  if (const Result<> opened = kept.open(area, *head); !opened) {
    if (opened.error().code == Code::flash) return opened.error();
    return false;
  }
  const StoredImage& image = kept.image();
  if (image.size == 0 || image.size > kKeptBytes) return false;
  hash.reset();
  hash.update(content);
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < image.size; at += kFlashPage) {
    const MutableBytes part =
        MutableBytes(page).first(std::min<std::size_t>(page.size(), image.size - at));
    UPDRAFT_TRY(kept.read(at, part));
    hash.update(part);
  }
  return hash.finish() == image.digest;
}

// No erase: that would take what stands beside it. Through flash encryption the bytes then read as
// anything but a head.
Result<> forget_kept(Flash& area, std::uint32_t low) {
  constexpr std::array<std::byte, 16> kNoHead{};  // with flash encryption no less is written
  const std::optional<std::uint32_t> head = kept_head(low);
  return head ? area.program(*head, kNoHead) : Result<>{};
}

}  // namespace updraft::parts
