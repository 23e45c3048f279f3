#include "engine/update/downgrade.hpp"

#include <array>

#include "engine/format/image.hpp"

namespace updraft {
namespace {

// Of an app descriptor.
constexpr std::size_t kSecureVersion = 4, kVersion = 16, kProject = 48, kEnd = 80;
using Front = std::array<std::byte, kEnd>;

// A field of 32 characters, up to its first NUL.
std::string_view text_at(Bytes descriptor, std::size_t at) {
  const std::string_view field = as_text(descriptor.subspan(at, 32));
  return field.substr(0, field.find('\0'));
}

}  // namespace

Result<> judge_downgrade(Bytes head, Flash& running, IsOlder* is_older) {
  const Bytes next = head.subspan(format::kAppDescriptorOffset, kEnd);
  Front now;
  if (!running.read(format::kAppDescriptorOffset, now)) return {};
  for (const Bytes descriptor : {next, Bytes(now)}) {
    if (load_le32(descriptor, 0) != format::kAppDescriptorMagic) return {};
  }
  const std::uint32_t floor = load_le32(now, kSecureVersion);
  const std::uint32_t offered = load_le32(next, kSecureVersion);
  if (offered < floor) return fail(Code::secure_version_low, Where::image, offered, floor);
  if (is_older == nullptr || text_at(next, kProject) != text_at(now, kProject)) return {};
  if (!is_older(text_at(next, kVersion), text_at(now, kVersion))) return {};
  return fail(Code::downgrade, Where::image);
}

}  // namespace updraft
