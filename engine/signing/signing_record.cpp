#include "engine/signing/signing_record.hpp"

#include "engine/format/crc32.hpp"

namespace updraft {
namespace {

constexpr std::size_t kLayoutOffset = 2, kFlagsOffset = 3, kGenerationOffset = 4;
constexpr std::size_t kInstalledOffset = 8, kPendingOffset = 84, kSizeOffset = 160;
constexpr std::uint8_t kHasInstalled = 1, kHasPending = 2, kHasLost = 4;
constexpr std::size_t kSecondsOffset = 4;

std::uint64_t load_le64(Bytes from, std::size_t at) {
  return load_le32(from, at) | std::uint64_t{load_le32(from, at + 4)} << 32;
}

void store_le64(MutableBytes to, std::size_t at, std::uint64_t value) {
  store_le32(to, at, static_cast<std::uint32_t>(value));
  store_le32(to, at + 4, static_cast<std::uint32_t>(value >> 32));
}

Release load_release(Bytes from) {
  Release release;
  release.sequence = load_le64(from, 0);
  std::ranges::copy(from.subspan(8, 32), release.manifest.begin());
  std::ranges::copy(from.subspan(40, 32), release.image.begin());
  release.image_bytes = load_le32(from, 72);
  return release;
}

void store_release(MutableBytes to, const Release& release) {
  store_le64(to, 0, release.sequence);
  std::ranges::copy(release.manifest, to.subspan(8).begin());
  std::ranges::copy(release.image, to.subspan(40).begin());
  store_le32(to, 72, release.image_bytes);
}

bool begins_with(Bytes record, char second) {
  return record[0] == std::byte{'U'} && record[1] == static_cast<std::byte>(second);
}

void store_facts(MutableBytes to, const SigningFacts& facts, std::uint32_t generation) {
  std::ranges::fill(to.first(kSizeOffset), std::byte{0});
  to[0] = std::byte{'U'};
  to[kLayoutOffset] = std::byte{kSigningLayout};
  std::uint8_t flags = 0;
  if (facts.installed) {
    flags |= kHasInstalled;
    store_release(to.subspan(kInstalledOffset), *facts.installed);
  }
  if (facts.pending) {
    flags |= kHasPending;
    store_release(to.subspan(kPendingOffset), *facts.pending);
  } else if (facts.lost) {
    flags |= kHasLost;
    store_release(to.subspan(kPendingOffset),
                  {.manifest = facts.lost->name, .image = facts.lost->image});
  }
  to[kFlagsOffset] = static_cast<std::byte>(flags);
  store_le32(to, kGenerationOffset, generation);
}

}  // namespace

namespace signing_record {

std::uint8_t layout(Bytes record) { return load_u8(record, kLayoutOffset); }
std::uint32_t generation(Bytes record) { return load_le32(record, kGenerationOffset); }
std::size_t key_set_bytes(Bytes record) { return load_le16(record, kSizeOffset); }

SigningFacts facts(Bytes record) {
  SigningFacts facts;
  const std::uint8_t flags = load_u8(record, kFlagsOffset);
  if ((flags & kHasInstalled) != 0) {
    facts.installed = load_release(record.subspan(kInstalledOffset));
  }
  const Release other = load_release(record.subspan(kPendingOffset));
  if ((flags & kHasPending) != 0) {
    facts.pending = other;
  } else if ((flags & kHasLost) != 0) {
    facts.lost = {.image = other.image, .name = other.manifest};
  }
  return facts;
}

bool is_record(Bytes front) {
  return begins_with(front, 'S') && key_set_bytes(front) <= suit::kMaxKeySetBytes;
}

bool is_note(Bytes note) {
  return begins_with(note, 'N') && layout(note) == kSigningLayout && format::ends_in_crc(note);
}

std::uint64_t time(Bytes page) {
  const Bytes time = page.first(kTimeBytes);
  const bool sound =
      begins_with(time, 'T') && layout(time) == kSigningLayout && format::ends_in_crc(time);
  return sound ? load_le64(time, kSecondsOffset) : 0;
}

Bytes write(MutableBytes sector, const SigningFacts& facts, std::uint32_t generation,
            std::size_t key_set_bytes) {
  store_facts(sector, facts, generation);
  sector[1] = std::byte{'S'};
  store_le16(sector, kSizeOffset, static_cast<std::uint16_t>(key_set_bytes));
  const MutableBytes record = sector.first(bytes(key_set_bytes));
  format::end_in_crc(record);
  return record;
}

Bytes write_note(MutableBytes page, const SigningFacts& facts, std::uint32_t generation) {
  store_facts(page, facts, generation);
  page[1] = std::byte{'N'};
  const MutableBytes note = page.first(kNoteBytes);
  format::end_in_crc(note);
  return note;
}

std::array<std::byte, kTimeBytes> write_time(std::uint64_t seconds) {
  std::array<std::byte, kTimeBytes> time{};
  time[0] = std::byte{'U'};
  time[1] = std::byte{'T'};
  time[kLayoutOffset] = std::byte{kSigningLayout};
  store_le64(time, kSecondsOffset, seconds);
  format::end_in_crc(time);
  return time;
}

}  // namespace signing_record
}  // namespace updraft
