#include "engine/suit/chunk_index.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft::suit {
namespace {

// How much of `total` the part of that number has, all but the last of `size` bytes.
std::size_t part_bytes(std::uint64_t total, std::uint64_t part, std::size_t size) {
  const std::uint64_t before = part * size;
  return before >= total ? 0
                         : static_cast<std::size_t>(std::min<std::uint64_t>(size, total - before));
}

}  // namespace

std::size_t ChunkIndex::page_bytes(std::size_t page) const {
  return part_bytes(bytes(), page, kPageBytes);
}

std::size_t ChunkIndex::chunk_bytes(std::uint64_t chunk) const {
  return part_bytes(transfer_, chunk, kChunkBytes);
}

Result<> ChunkIndex::check_page(std::size_t page, Bytes content) const {
  const bool right = page < pages() && content.size() == page_bytes(page) &&
                     std::ranges::equal(crypto::sha256(content), page_digest(page));
  if (!right) return fail(Code::index_mismatch, Where::gate, page, pages());
  return {};
}

Result<> ChunkIndex::check_chunk(std::uint64_t chunk, Bytes content, Bytes page) const {
  const auto leaf = static_cast<std::size_t>(chunk % kLeavesOnPage) * kDigestBytes;
  const bool right = chunk < chunks() && content.size() == chunk_bytes(chunk) &&
                     leaf + kDigestBytes <= page.size() &&
                     std::ranges::equal(crypto::sha256(content), page.subspan(leaf, kDigestBytes));
  if (!right) return fail(Code::chunk_mismatch, Where::gate, chunk, chunks());
  return {};
}

}  // namespace updraft::suit
