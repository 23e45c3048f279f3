#include "engine/signing/leaf_store.hpp"

#include <algorithm>

#include "engine/core/same_bytes.hpp"

namespace updraft {

void LeafStore::reset(const suit::ChunkIndex& index, pipeline::SlotWriter& slot, bool in_turn) {
  slot_ = &slot;
  in_turn_ = in_turn;
  at_start_ = false;
  group_ = 0;
  const Bytes items = index.page_items();
  std::ranges::copy(items, page_digests_.begin());
  index_ = suit::ChunkIndex(index.transfer(), Bytes(page_digests_).first(items.size()));
}

Result<> LeafStore::take_page(std::size_t page) {
  const MutableBytes whole = MutableBytes(room_.chunk).first(index_.page_bytes(page));
  UPDRAFT_TRY(index_.check_page(page, whole));
  const bool stays = !parks(page);
  const MutableBytes place = MutableBytes(room_.page).subspan(page % kPagesHeld * kHalf);
  const MutableBytes kept = stays ? place : whole;
  if (in_turn_) group_ = page / kPagesHeld;
  for (std::size_t from = 0, to = 0; from < whole.size(); from += suit::kDigestBytes) {
    std::ranges::copy(whole.subspan(from, kLeafBytes), kept.subspan(to).begin());
    to += kLeafBytes;
  }
  return stays ? Result<>{} : park(page);
}

Result<> LeafStore::check(std::uint64_t chunk, Bytes content) {
  const auto page = static_cast<std::size_t>(chunk / suit::kLeavesOnPage);
  if (page / kPagesHeld != group_) UPDRAFT_TRY(fetch(page / kPagesHeld));
  const auto number = static_cast<std::size_t>(chunk % suit::kLeavesOnPage);
  const std::size_t at = page % kPagesHeld * kHalf + number * kLeafBytes;
  const Bytes leaf = Bytes(room_.page).subspan(at, kLeafBytes);
  const crypto::Sha256Digest digest = crypto::sha256(content);
  const bool right = chunk < index_.chunks() && content.size() == index_.chunk_bytes(chunk) &&
                     same_bytes(leaf, Bytes(digest).first(kLeafBytes));
  return right ? Result<>{} : fail(Code::chunk_mismatch, Where::gate, chunk, index_.chunks());
}

// The first group needs no place.
std::uint32_t LeafStore::parked_bytes() const {
  const std::size_t groups = (index_.pages() + kPagesHeld - 1) / kPagesHeld;
  return static_cast<std::uint32_t>((groups - 1) * kFlashSector);
}

std::uint32_t LeafStore::parked_at(std::size_t page) const {
  const std::uint32_t first = at_start_ ? 0 : slot_->slot().size() - parked_bytes();
  const std::size_t sector = first + (page / kPagesHeld - 1) * kFlashSector;
  return static_cast<std::uint32_t>(sector + page % kPagesHeld * kHalf);
}

MutableBytes LeafStore::digest_of_kept(std::size_t page) {
  constexpr std::size_t kItem = 2 + suit::kDigestBytes;
  return MutableBytes(page_digests_).subspan(page * kItem + 2, suit::kDigestBytes);
}

// What stands there from an attempt before is left as it is.
Result<> LeafStore::park(std::size_t page) {
  const Bytes kept = Bytes(room_.chunk).first(kept_bytes(page));
  std::ranges::copy(crypto::sha256(kept), digest_of_kept(page).begin());
  Flash& slot = slot_->slot();
  const std::uint32_t at = parked_at(page);
  if (reads_as(slot, at, kept)) return {};
  const Result<Slot> target = boot_.update_slot();
  if (!target) return target.error();
  UPDRAFT_TRY(boot_.forget(*target));
  slot_->recorder().changing_to_end(slot.size());
  UPDRAFT_TRY(renew(page, kept));
  slot.yield();
  return program_pages(slot, at, kept);
}

// Makes the place of a page blank, and keeps what stands in front of it in the same sector.
Result<> LeafStore::renew(std::size_t page, Bytes kept) {
  Flash& slot = slot_->slot();
  const std::uint32_t at = parked_at(page);
  const MutableBytes rest = MutableBytes(room_.chunk).subspan(kHalf);
  UPDRAFT_TRY(slot.read(at, rest.first(kept.size())));
  if (page % kPagesHeld != 0 && is_blank(slot, rest.first(kept.size()))) return {};
  const std::uint32_t sector = at - at % kFlashSector;
  UPDRAFT_TRY(slot.read(sector, rest));
  slot.yield();
  UPDRAFT_TRY(slot.erase(sector, kFlashSector));
  slot.yield();
  return page % kPagesHeld == 0 ? Result<>{} : program_pages(slot, sector, rest);
}

Result<> LeafStore::fetch(std::size_t group) {
  group_ = group;
  const std::size_t end = std::min(index_.pages(), (group + 1) * kPagesHeld);
  for (std::size_t page = group * kPagesHeld; page < end; ++page) {
    const MutableBytes kept =
        MutableBytes(room_.page).subspan(page % kPagesHeld * kHalf, kept_bytes(page));
    UPDRAFT_TRY(slot_->slot().read(parked_at(page), kept));
    const crypto::Sha256Digest digest = crypto::sha256(kept);
    if (!same_bytes(digest, digest_of_kept(page))) {
      return fail(Code::index_mismatch, Where::slot, page, index_.pages());
    }
  }
  return {};
}

}  // namespace updraft
