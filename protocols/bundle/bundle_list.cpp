#include "protocols/bundle/bundle_list.hpp"

#include <algorithm>

namespace updraft::link {
namespace {
constexpr std::size_t kEntryHead = 9;
}

void BundleList::clear() {
  used_ = 0;
  at_ = 0;
  count_ = 0;
  total_ = 0;
}

Result<> BundleList::add(std::string_view path, std::uint64_t size) {
  if (!is_bundle_path(path)) return fail(Code::bad_path, Where::link, count_);
  if (count_ == kBundleFiles) {
    return fail(Code::too_big, Where::link, count_ + 1, kBundleFiles, Reason::bundle_files);
  }
  for (std::size_t at = 0; const auto other = entry(at);) {
    if (bundle_paths_clash(path, other->path)) return fail(Code::bad_path, Where::link, count_);
  }
  const std::size_t needed = kEntryHead + path.size();
  if (needed > memory_.size() - used_) {
    return fail(Code::too_big, Where::link, used_ + needed, memory_.size(), Reason::bundle_list);
  }
  const MutableBytes place = memory_.subspan(used_, needed);
  store_le32(place, 0, static_cast<std::uint32_t>(size & UINT32_MAX));
  store_le32(place, 4, static_cast<std::uint32_t>(size >> 32));
  place[8] = static_cast<std::byte>(path.size());
  std::ranges::copy(as_bytes(path), place.begin() + kEntryHead);
  used_ += needed;
  ++count_;
  total_ += size;
  return {};
}

std::optional<BundleFile> BundleList::next() { return entry(at_); }

std::optional<BundleFile> BundleList::entry(std::size_t& at) const {
  if (at == used_) return std::nullopt;
  const Bytes head = Bytes(memory_).subspan(at, kEntryHead);
  const std::uint64_t size = load_le32(head, 0) | std::uint64_t{load_le32(head, 4)} << 32;
  const Bytes path = Bytes(memory_).subspan(at + kEntryHead, load_u8(head, 8));
  at += kEntryHead + path.size();
  return BundleFile{as_text(path), size};
}

}  // namespace updraft::link
