#include "engine/update/head_name.hpp"

#include <algorithm>

namespace updraft {

std::optional<ImageName> head_name(Bytes head) {
  constexpr std::size_t kElfHash = format::kAppDescriptorOffset + 144;
  const Bytes elf = head.subspan(kElfHash, crypto::Sha256Digest{}.size());
  const bool described =
      load_le32(head, format::kAppDescriptorOffset) == format::kAppDescriptorMagic;
  const bool hashed = std::ranges::any_of(elf, [](std::byte b) { return b != std::byte{0}; });
  if (!described || !hashed) return std::nullopt;
  return image_name(crypto::sha256(head.first(format::kImageHeadBytes)));
}

std::optional<ImageName> head_name(Flash& slot) {
  std::array<std::byte, format::kImageHeadBytes> head;
  if (!slot.read(0, head)) return std::nullopt;
  return head_name(head);
}

}  // namespace updraft
