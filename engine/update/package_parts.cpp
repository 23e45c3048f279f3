#include "engine/update/package_parts.hpp"

#include <algorithm>

#include "engine/suit/chunk_index.hpp"

namespace updraft {

PackagePlace place_at(const PackageParts& parts, std::uint64_t at) {
  if (at < parts.head) return {PackageFile::package, at, parts.head};
  constexpr std::uint64_t kSpan = suit::kLeavesOnPage * suit::kChunkBytes;
  constexpr std::uint64_t kPart = suit::kPageBytes + kSpan;
  const std::uint64_t page = (at - parts.head) / kPart, in = (at - parts.head) % kPart;
  const std::uint64_t page_from = std::min(parts.index, page * suit::kPageBytes);
  const std::uint64_t page_to = std::min(parts.index, page_from + suit::kPageBytes);
  const std::uint64_t page_bytes = page_to - page_from;
  if (in < page_bytes) return {PackageFile::index, page_from + in, page_to};
  const std::uint64_t from = page * kSpan + in - page_bytes;
  return {PackageFile::transfer, from, std::min(parts.transfer, (page + 1) * kSpan)};
}

}  // namespace updraft
