// What is checked of a transfer before it is written: chunks of 4096 bytes against leaves, and the
// leaves, in pages of 4096 bytes, against the manifest. spec/suit.md section 3.
#pragma once
#include "updraft/bytes.hpp"
#include "updraft/result.hpp"

#include "engine/suit/cbor.hpp"

namespace updraft::suit {

inline constexpr std::size_t kChunkBytes = 4096;  // a sector of flash
inline constexpr std::size_t kPageBytes = 4096;   // of the index
inline constexpr std::size_t kLeavesOnPage = kPageBytes / kDigestBytes;
inline constexpr std::size_t kMaxPages = 32;  // reach 16 MiB, the largest slot

constexpr std::uint32_t divide_up(std::uint32_t value, std::uint32_t unit) {
  return value / unit + (value % unit != 0 ? 1 : 0);
}

// A view into the manifest that it came from.
class ChunkIndex {
 public:
  static constexpr std::size_t kPageItem = 2 + kDigestBytes;  // of one page in the manifest

  ChunkIndex() = default;
  // `pages`: their digests as the manifest has them, each a byte string with its head.
  // Of more than 4 GiB no index is complete.
  ChunkIndex(std::uint64_t transfer, Bytes pages)
      : transfer_(transfer > UINT32_MAX ? UINT32_MAX : static_cast<std::uint32_t>(transfer)),
        pages_(pages) {}

  std::uint32_t transfer() const { return transfer_; }  // bytes that are sent
  std::size_t pages() const { return pages_.size() / kPageItem; }
  Bytes page_items() const { return pages_; }  // all, as they were given
  Bytes page_digest(std::size_t page) const {
    return pages_.subspan(page * kPageItem + kPageItem - kDigestBytes, kDigestBytes);
  }
  // Whether there is a page for each 512 KiB, and none too many.
  bool complete() const;
  std::uint32_t chunks() const { return divide_up(transfer_, kChunkBytes); }
  std::uint32_t bytes() const { return chunks() * std::uint32_t{kDigestBytes}; }  // of all leaves
  std::size_t page_bytes(std::size_t page) const;
  std::size_t chunk_bytes(std::uint64_t chunk) const;

  // index_mismatch: it is not the page of that number.
  Result<> check_page(std::size_t page, Bytes content) const;
  // `page`: the checked page with the chunk's leaf. chunk_mismatch: it is not the chunk of that
  // number.
  Result<> check_chunk(std::uint64_t chunk, Bytes content, Bytes page) const;

 private:
  std::uint32_t transfer_ = 0;
  Bytes pages_;
};

}  // namespace updraft::suit
