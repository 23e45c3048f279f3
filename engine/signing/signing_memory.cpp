#include "engine/signing/signing_memory.hpp"

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"
#include "engine/suit/key_set.hpp"

namespace updraft {
namespace {

constexpr std::size_t kLayoutOffset = 2, kFlagsOffset = 3, kGenerationOffset = 4;
constexpr std::size_t kInstalledOffset = 8, kPendingOffset = 84, kSizeOffset = 160;
constexpr std::size_t kKeySetOffset = 162, kCrcBytes = 4;
constexpr std::uint8_t kHasInstalled = 1, kHasPending = 2, kHasLost = 4;

constexpr std::size_t record_bytes(std::size_t key_set) {
  return kKeySetOffset + key_set + kCrcBytes;
}
static_assert(record_bytes(suit::kMaxKeySetBytes) <= kFlashSector);

bool is_ours(Bytes record) { return record[0] == std::byte{'U'} && record[1] == std::byte{'S'}; }

Release load_release(Bytes from) {
  Release release;
  release.sequence = load_le32(from, 0) | std::uint64_t{load_le32(from, 4)} << 32;
  std::ranges::copy(from.subspan(8, 32), release.manifest.begin());
  std::ranges::copy(from.subspan(40, 32), release.image.begin());
  release.image_bytes = load_le32(from, 72);
  return release;
}

void store_release(MutableBytes to, const Release& release) {
  store_le32(to, 0, static_cast<std::uint32_t>(release.sequence));
  store_le32(to, 4, static_cast<std::uint32_t>(release.sequence >> 32));
  std::ranges::copy(release.manifest, to.subspan(8).begin());
  std::ranges::copy(release.image, to.subspan(40).begin());
  store_le32(to, 72, release.image_bytes);
}

}  // namespace

void SigningMemory::open(MutableBytes sector) {
  UPDRAFT_ASSERT(sector.size() >= kFlashSector);
  facts_ = {};
  key_set_bytes_ = generation_ = place_ = 0;
  foreign_ = false;
  for (std::uint32_t place = 0; place < kSigningSectors; ++place) {
    if (!load(place, sector)) continue;
    const std::uint32_t generation = load_le32(sector, kGenerationOffset);
    if (generation <= generation_) continue;
    generation_ = generation;
    place_ = place;
    foreign_ = load_u8(sector, kLayoutOffset) > kSigningLayout;
    facts_ = {};
    key_set_bytes_ = 0;
    if (foreign_) continue;
    const std::uint8_t flags = load_u8(sector, kFlagsOffset);
    if ((flags & kHasInstalled) != 0)
      facts_.installed = load_release(sector.subspan(kInstalledOffset));
    const Release other = load_release(sector.subspan(kPendingOffset));
    if ((flags & kHasPending) != 0) {
      facts_.pending = other;
    } else if ((flags & kHasLost) != 0) {
      facts_.lost = {.image = other.image, .name = other.manifest};
    }
    key_set_bytes_ = load_le16(sector, kSizeOffset);
  }
  note(key_set(sector).value_or(Bytes{}));
}

void SigningMemory::note(Bytes key_set) {
  const Result<suit::KeySet> keys = suit::KeySet::read(key_set);
  version_ = keys ? keys->version : 0;
  pins_ = keys && !keys->image_keys.empty();
}

// Whether there is a sound record. The layout of a newer one is its own, but its end is a CRC, and
// the place of the size in it is the same.
bool SigningMemory::load(std::uint32_t place, MutableBytes sector) {
  const MutableBytes front = sector.first(kKeySetOffset);
  if (!flash_.read(place * kFlashSector, front) || !is_ours(front)) return false;
  const std::size_t size = load_le16(front, kSizeOffset);
  if (size > suit::kMaxKeySetBytes) return false;
  const MutableBytes record = sector.first(record_bytes(size));
  return flash_.read(place * kFlashSector, record).has_value() && format::ends_in_crc(record);
}

Result<Bytes> SigningMemory::key_set(MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return Bytes(sector).subspan(kKeySetOffset, key_set_bytes_);
}

// To where it stands in a record.
Result<> SigningMemory::take_key_set(MutableBytes sector) {
  if (key_set_bytes_ == 0) return {};
  if (load(place_, sector) && load_le32(sector, kGenerationOffset) == generation_) return {};
  return fail(Code::flash, Where::journal, place_ * kFlashSector);
}

Result<> SigningMemory::wait_for(const Release& release, MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return write({facts_.installed, release, std::nullopt}, key_set_bytes_, sector);
}

Result<> SigningMemory::wait_for_none(MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return write({facts_.installed, std::nullopt, facts_.lost}, key_set_bytes_, sector);
}

Result<> SigningMemory::lose(const LostRelease& lost, MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return write({facts_.installed, std::nullopt, lost}, key_set_bytes_, sector);
}

Result<> SigningMemory::install(const Release& release, MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return write({release, std::nullopt, facts_.lost}, key_set_bytes_, sector);
}

Result<> SigningMemory::replace_key_set(Bytes key_set, MutableBytes sector) {
  UPDRAFT_ASSERT(key_set.size() <= suit::kMaxKeySetBytes);
  std::ranges::copy(key_set, sector.subspan(kKeySetOffset).begin());
  return write(facts_, key_set.size(), sector);
}

Result<> SigningMemory::write(const Facts& facts, std::size_t key_set_bytes, MutableBytes sector) {
  if (foreign_) return fail(Code::flash, Where::journal, place_ * kFlashSector);
  std::ranges::fill(sector.first(kSizeOffset), std::byte{0});
  sector[0] = std::byte{'U'};
  sector[1] = std::byte{'S'};
  sector[kLayoutOffset] = std::byte{kSigningLayout};
  std::uint8_t flags = 0;
  if (facts.installed) {
    flags |= kHasInstalled;
    store_release(sector.subspan(kInstalledOffset), *facts.installed);
  }
  if (facts.pending) {
    flags |= kHasPending;
    store_release(sector.subspan(kPendingOffset), *facts.pending);
  } else if (facts.lost) {
    flags |= kHasLost;
    store_release(sector.subspan(kPendingOffset),
                  {.manifest = facts.lost->name, .image = facts.lost->image});
  }
  sector[kFlagsOffset] = static_cast<std::byte>(flags);
  store_le32(sector, kGenerationOffset, generation_ + 1);
  store_le16(sector, kSizeOffset, static_cast<std::uint16_t>(key_set_bytes));
  const MutableBytes record = sector.first(record_bytes(key_set_bytes));
  format::end_in_crc(record);
  UPDRAFT_TRY(write_record(record));
  facts_ = facts;
  key_set_bytes_ = key_set_bytes;
  note(Bytes(sector).subspan(kKeySetOffset, key_set_bytes));
  return {};
}

// To the sector that does not hold.
Result<> SigningMemory::write_record(Bytes record) {
  const std::uint32_t place = 1 - place_;
  const std::uint32_t at = place * kFlashSector;
  UPDRAFT_TRY(flash_.erase(at, kFlashSector));
  flash_.yield();
  UPDRAFT_TRY(program_pages(flash_, at, record));
  std::array<std::byte, kFlashPage> page;
  for (std::size_t done = 0; done < record.size(); done += page.size()) {
    const Bytes wanted = at_most(record.subspan(done), page.size());
    const MutableBytes found = MutableBytes(page).first(wanted.size());
    UPDRAFT_TRY(flash_.read(at + static_cast<std::uint32_t>(done), found));
    if (!same_bytes(wanted, found)) return fail(Code::flash, Where::journal, at);
  }
  ++generation_;
  place_ = place;
  return {};
}

}  // namespace updraft
