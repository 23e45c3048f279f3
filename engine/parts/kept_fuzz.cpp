// The store of what a product keeps, as a flash may hold it below the content that it belongs to:
// opened, read and forgotten without a byte outside of its place, and only for this content.
//
//   input   +0 bits: 1: the head's checksum is made right, 2: the digest as well  +1 where the
//           content begins, in sectors; then the head as it stands in flash, and behind its blanks
//           what is in the sectors
#include <algorithm>
#include <array>
#include <bit>
#include <vector>

#include "engine/format/crc32.hpp"
#include "engine/parts/kept.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

constexpr std::uint32_t kSectors = 8;
constexpr std::size_t kSizeAt = 8, kStoredAt = 12, kDigestAt = 32, kMapAt = 68, kBlanksAt = 1024;
constexpr std::size_t kBlankBytes = 512;
constexpr std::size_t kLastAt = kBlanksAt + kBlankBytes;

// Counts what leaves it, and clears bits only.
class KeptFlash final : public Flash {
 public:
  std::uint32_t size() const override { return static_cast<std::uint32_t>(cells.size()); }
  Result<> read(std::uint32_t offset, MutableBytes out) override {
    if (!inside(offset, out.size(), cells.size())) return fail(Code::flash, Where::slot);
    std::copy_n(cells.begin() + offset, out.size(), out.begin());
    return {};
  }
  Result<> program(std::uint32_t offset, Bytes bytes) override {
    check(inside(offset, bytes.size(), cells.size()), "nothing is written outside of the flash");
    for (std::size_t i = 0; i < bytes.size(); ++i) cells[offset + i] &= bytes[i];
    return {};
  }
  Result<> erase(std::uint32_t, std::uint32_t) override {
    check(false, "nothing is erased");
    return {};
  }

  std::vector<std::byte> cells = std::vector<std::byte>(kSectors * kFlashSector, std::byte{0xFF});
};

// As it is written: the digest is of the content's digest and of what is kept.
crypto::Sha256Digest digest_of(Bytes content, Bytes kept) {
  crypto::Sha256 hash;
  hash.update(content);
  hash.update(kept);
  return hash.finish();
}

std::vector<std::byte> kept_in(parts::StoreReader& store) {
  std::vector<std::byte> kept(store.image().size);
  for (std::size_t at = 0; at < kept.size(); at += kFlashPage) {
    const MutableBytes piece =
        MutableBytes(kept).subspan(at, std::min<std::size_t>(kFlashPage, kept.size() - at));
    check(store.read(static_cast<std::uint32_t>(at), piece).has_value(), "what opens is read");
  }
  return kept;
}

void mend(MutableBytes head, KeptFlash& flash, std::uint32_t low, Bytes content, bool digest_too) {
  store_le32(head, 0, 0x54534455);
  store_le32(head, 4, 1);
  store_le32(head, kSizeAt, load_le32(head, kSizeAt) % (parts::kKeptBytes + 2));
  const MutableBytes map = head.subspan(kMapAt, parts::kSparseMapBytes);
  std::ranges::fill(map.subspan(1), std::byte{0});  // more than eight sectors are never there
  const int stored = std::popcount(std::to_integer<std::uint8_t>(map[0]));
  store_le32(head, kStoredAt, static_cast<std::uint32_t>(stored));
  store_le32(head, 64, format::crc32(Bytes(head).subspan(kBlanksAt, kBlankBytes)));
  const MutableBytes record = head.first(parts::kStoreHeadBytes);
  format::end_in_crc(record);
  parts::StoreReader store;
  if (!digest_too || !store.open(flash, *parts::kept_head(low))) return;
  std::ranges::copy(digest_of(content, kept_in(store)), head.begin() + kDigestAt);
  format::end_in_crc(record);
}

void try_kept(Bytes raw) {
  const std::uint8_t bits = load_u8(raw, 0);
  const std::uint32_t low = load_u8(raw, 1) % (kSectors + 1) * kFlashSector;
  const Bytes rest = raw.subspan(2);
  KeptFlash flash;
  crypto::Sha256Digest content{};
  content[0] = std::byte{7};
  const std::optional<std::uint32_t> at = parts::kept_head(low);
  check(at.has_value() == (low != 0), "below the lowest sector there is no room");
  if (at) {
    const MutableBytes head = MutableBytes(flash.cells).subspan(*at, kFlashSector);
    std::ranges::copy(at_most(rest, head.size()), head.begin());
    const Bytes sectors = rest.size() > kLastAt ? rest.subspan(kLastAt) : Bytes();
    std::ranges::copy(at_most(sectors, *at), flash.cells.begin());
    if ((bits & 1) != 0) mend(head, flash, low, content, (bits & 2) != 0);
  }
  const std::vector<std::byte> before = flash.cells;
  crypto::Sha256 hash;
  parts::StoreReader store;
  const Result<bool> there = parts::open_kept(flash, low, content, hash, store);
  check(flash.cells == before, "looking changes nothing");
  if (!there || !*there) return;
  check(store.image().size != 0 && store.image().size <= parts::kKeptBytes, "within its limit");
  check(digest_of(content, kept_in(store)) == store.image().digest, "what is handed back is whole");
  crypto::Sha256Digest other = content;
  other[31] = std::byte{1};
  check(!parts::open_kept(flash, low, other, hash, store).value_or(false), "of one content alone");
  check(parts::forget_kept(flash, low).has_value(), "it is forgotten");
  check(!parts::open_kept(flash, low, content, hash, store).value_or(false), "and not there again");
  std::fill_n(flash.cells.begin() + *at, 16, std::byte{0xFF});
  std::vector<std::byte> rest_of_it = before;
  std::fill_n(rest_of_it.begin() + *at, 16, std::byte{0xFF});
  check(flash.cells == rest_of_it, "nothing beside its head is written");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  const Bytes raw = fuzz::input(data, size);
  if (raw.size() > 2) fuzz::try_kept(raw);
  return 0;
}
