#include "engine/rescue/boot_counter.hpp"

namespace updraft {
namespace {

constexpr std::uint32_t kOpen = 0xFFFF0000, kSpare = 0x0000FF00, kBits = 0x000000FF;
constexpr std::uint32_t kCounterMagic = 0x43424455;  // "UDBC"

constexpr std::uint32_t bits_after(unsigned starts) { return kBits << starts & kBits; }

// Starts of a word whose period goes on; kMostCounted + 1: it is over.
constexpr unsigned starts_in(std::uint32_t word) {
  if ((word & (kOpen | kSpare)) != (kOpen | kSpare)) return kMostCounted + 1;
  unsigned starts = 0;
  while (starts <= kMostCounted && bits_after(starts) != (word & kBits)) ++starts;
  return starts;
}

static_assert(starts_in(0xFFFFFFFF) == 0 && starts_in(0xFFFFFFF8) == 3);
static_assert(starts_in(0xFFFFFFFD) > kMostCounted && starts_in(0xFFFEFFFF) > kMostCounted);

}  // namespace

Result<BootCounter::Sector> BootCounter::look() {
  std::array<std::byte, kCounterHead> head;
  UPDRAFT_TRY(flash_.read(at_, head));
  if (load_le32(head, 0) != kCounterMagic) return Sector::none;
  return load_u8(head, 4) > kCounterLayout ? Sector::foreign : Sector::ours;
}

Result<BootCounter::Place> BootCounter::find() {
  std::array<std::byte, kFlashPage> page;
  for (std::uint32_t at = 0; at < kFlashSector; at += kFlashPage) {
    UPDRAFT_TRY(flash_.read(at_ + at, page));
    for (std::uint32_t i = at == 0 ? kCounterHead : 0; i < kFlashPage; i += 4) {
      const unsigned starts = starts_in(load_le32(page, i));
      if (starts <= kMostCounted) return Place{at_ + at + i, starts};
    }
  }
  return Place{at_ + kFlashSector, 0};
}

Result<unsigned> BootCounter::counted() {
  const Result<Sector> sector = look();
  if (!sector) return sector.error();
  if (*sector != Sector::ours) return 0U;
  const Result<Place> place = find();
  if (!place) return place.error();
  return place->starts;
}

Result<> BootCounter::begin_sector() {
  UPDRAFT_TRY(flash_.erase(at_, kFlashSector));
  std::array<std::byte, kCounterHead> head;
  head.fill(std::byte{0xFF});
  store_le32(head, 0, kCounterMagic);
  head[4] = std::byte{kCounterLayout};
  return flash_.program(at_, head);
}

Result<unsigned> BootCounter::count() {
  const Result<Sector> sector = look();
  if (!sector) return sector.error();
  if (*sector == Sector::foreign) return fail(Code::malformed, Where::journal);
  Place place{at_ + kFlashSector, 0};
  if (*sector == Sector::ours) {
    const Result<Place> found = find();
    if (!found) return found.error();
    place = *found;
  }
  if (place.offset == at_ + kFlashSector) {  // no word is left
    UPDRAFT_TRY(begin_sector());
    place = {at_ + kCounterHead, 0};
  }
  if (place.starts == kMostCounted) return kMostCounted;
  std::array<std::byte, 4> word;
  store_le32(word, 0, kOpen | kSpare | bits_after(place.starts + 1));
  UPDRAFT_TRY(flash_.program(place.offset, word));
  return place.starts + 1;
}

Result<> BootCounter::close() {
  const Result<Sector> sector = look();
  if (!sector) return sector.error();
  if (*sector != Sector::ours) return {};
  const Result<Place> place = find();
  if (!place) return place.error();
  if (place->starts == 0) return {};
  std::array<std::byte, 4> word;
  store_le32(word, 0, ~kOpen);
  return flash_.program(place->offset, word);
}

}  // namespace updraft
