#include "engine/suit/chunk_index.hpp"

#include "engine/suit/same.hpp"

namespace updraft::suit {
namespace {

// How much of `total` the part of that number has, all but the last of 4096 bytes; nothing where
// there is no such part.
std::size_t part_bytes(std::uint32_t total, std::uint32_t part) {
  static_assert(kPageBytes == kChunkBytes);
  if (part >= divide_up(total, kPageBytes)) return 0;
  return std::min<std::size_t>(kPageBytes, total - part * std::uint32_t{kPageBytes});
}

// Numbers from outside; where there is no such part, none is missed.
std::uint32_t part_number(std::uint64_t part) {
  return part > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(part);
}

// Whether it is that part of `total` bytes. `digests` from `at` on: its own; it may be missing.
Result<> check_part(Bytes content, std::uint32_t total, std::uint32_t part, Bytes digests,
                    std::size_t at, Code code) {
  const std::size_t size = part_bytes(total, part);
  if (size != 0 && content.size() == size && at + kDigestBytes <= digests.size() &&
      is_digest_of(digests.subspan(at, kDigestBytes), content)) {
    return {};
  }
  return fail(code, Where::gate, part, divide_up(total, kPageBytes));
}

}  // namespace

bool ChunkIndex::complete() const {
  return pages() != 0 && divide_up(chunks(), kLeavesOnPage) == pages();
}

std::size_t ChunkIndex::page_bytes(std::size_t page) const {
  return part_bytes(bytes(), part_number(page));
}

std::size_t ChunkIndex::chunk_bytes(std::uint64_t chunk) const {
  return part_bytes(transfer_, part_number(chunk));
}

Result<> ChunkIndex::check_page(std::size_t page, Bytes content) const {
  return check_part(content, bytes(), part_number(page), pages_,
                    page * kPageItem + kPageItem - kDigestBytes, Code::index_mismatch);
}

Result<> ChunkIndex::check_chunk(std::uint64_t chunk, Bytes content, Bytes page) const {
  return check_part(content, transfer_, part_number(chunk), page,
                    static_cast<std::size_t>(chunk) % kLeavesOnPage * kDigestBytes,
                    Code::chunk_mismatch);
}

}  // namespace updraft::suit
