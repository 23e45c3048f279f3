// The digests of a package's chunks, from the index to the chunks that they are of.
//
// The first 16 bytes of each are kept: whoever wants another chunk in its place would have to find
// one for these 128 bits, and the image is compared by all of its digest in the end. So the leaves
// of two pages of the index, for 1 MiB of transfer, fit into the room for a page. The first two
// stay there; the others are parked, two in a sector, in the last sectors of the slot, or in the
// first ones where data comes alone, which is stored from the end down; and what is read back is
// checked. Where pages and chunks come in turn, none is parked.
#pragma once
#include <array>

#include "engine/signing/room.hpp"
#include "engine/update/signing.hpp"

namespace updraft {

class LeafStore {
 public:
  static constexpr std::size_t kPagesHeld = 2;  // in a sector

  // Both outlive it. Pages arrive in the room's chunk, leaves are kept in its page.
  LeafStore(BootControl& boot, SigningRoom& room) : boot_(boot), room_(room) {}

  // A package that was judged; its own bytes may go.
  // `in_turn`: each page comes right before its chunks.
  void reset(const suit::ChunkIndex& index, pipeline::SlotWriter& slot, bool in_turn);
  const suit::ChunkIndex& index() const { return index_; }
  // Whether all fit into memory.
  bool in_memory() const { return index_.pages() <= kPagesHeld; }
  // Bytes that are needed in the slot, and to have them at its start.
  std::uint32_t parked_bytes() const;
  void park_at_start() { at_start_ = true; }
  // That page will be parked.
  bool parks(std::size_t page) const { return !in_turn_ && page >= kPagesHeld; }

  // The page of that number, as long as it is, which stands in the room's chunk. Errors:
  // index_mismatch, flash.
  Result<> take_page(std::size_t page);
  // Chunks come in their order. Errors: chunk_mismatch; flash, or index_mismatch where its leaf
  // does not read as it was parked.
  Result<> check(std::uint64_t chunk, Bytes content);

 private:
  static constexpr std::size_t kLeafBytes = 16;
  static constexpr std::size_t kHalf = suit::kLeavesOnPage * kLeafBytes;
  static_assert(kPagesHeld * kHalf == kFlashSector);

  std::size_t kept_bytes(std::size_t page) const {
    return index_.page_bytes(page) / suit::kDigestBytes * kLeafBytes;
  }
  std::uint32_t parked_at(std::size_t page) const;
  MutableBytes digest_of_kept(std::size_t page);
  Result<> park(std::size_t page);
  Result<> renew(std::size_t page, Bytes kept);
  Result<> fetch(std::size_t group);

  BootControl& boot_;
  SigningRoom& room_;
  pipeline::SlotWriter* slot_ = nullptr;
  // As the manifest has them, each with its head; once a page is parked, of what was kept of it.
  std::array<std::byte, suit::kMaxPages * (2 + suit::kDigestBytes)> page_digests_;
  suit::ChunkIndex index_;
  std::size_t group_ = 0;  // of pages, whose leaves are in the room
  bool in_turn_ = false;
  bool at_start_ = false;
};

}  // namespace updraft
