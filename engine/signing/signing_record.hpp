// The bytes of what signed updates remember. Little-endian:
//
//   record  +0 'U' 'S'  +2 layout u8  +3 flags u8 (1: installed, 2: pending, 4: lost)
//           +4 generation u32
//           +8 installed: sequence u64, manifest digest[32], image digest[32], image bytes u32
//           +84 pending: the same; or lost: zero u64, name[32], image digest[32], zero u32
//           +160 size of the KeySet u16  +162 KeySet  then CRC-32 of all before
//   note    'U' 'N', and the same up to +160; then CRC-32 of all before
//   time    'U' 'T'  +2 layout u8  +3 zero  +4 Unix seconds u64  then CRC-32 of all before
//
// A record begins a sector; notes follow it, one a page, and say what became of installed, pending
// and lost since. Among them stands a lower bound of the time, as freshness tokens gave it: the
// highest holds, wherever it stands. A library that does not know it passes over it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"
#include "engine/suit/key_set.hpp"

namespace updraft {

inline constexpr std::uint8_t kSigningLayout = 1;

// A release of the product, as its package names it.
struct Release {
  std::uint64_t sequence = 0;
  crypto::Sha256Digest manifest{};
  crypto::Sha256Digest image{};  // of the whole file as it is installed
  std::uint32_t image_bytes = 0;
  friend bool operator==(const Release&, const Release&) = default;
};

// The last release that waited and was not confirmed; the next one that waits takes its place.
struct LostRelease {
  crypto::Sha256Digest image{};  // as in Release
  crypto::Sha256Digest name{};   // the digest by which the journal knows the image
};

struct SigningFacts {
  std::optional<Release> installed, pending;
  std::optional<LostRelease> lost;  // only where none is pending
};

namespace signing_record {

inline constexpr std::size_t kKeySetOffset = 162;
inline constexpr std::size_t kNoteBytes = 164;
inline constexpr std::size_t kTimeBytes = 16;

constexpr std::size_t bytes(std::size_t key_set) { return kKeySetOffset + key_set + 4; }
static_assert(bytes(suit::kMaxKeySetBytes) + 3 * kFlashPage <= kFlashSector);  // notes, the time
static_assert(kNoteBytes <= kFlashPage);

// What every layout has at the same place.
std::uint8_t layout(Bytes record);
std::uint32_t generation(Bytes record);
std::size_t key_set_bytes(Bytes record);
SigningFacts facts(Bytes record);  // of a record or note of this layout

bool is_record(Bytes front);     // so it begins; its end is a CRC
bool is_note(Bytes note);        // sound, and of this layout
std::uint64_t time(Bytes page);  // 0: that is no sound time

// All but the KeySet, which stands in the record already. Returns the record.
Bytes write(MutableBytes sector, const SigningFacts& facts, std::uint32_t generation,
            std::size_t key_set_bytes);
Bytes write_note(MutableBytes page, const SigningFacts& facts, std::uint32_t generation);
std::array<std::byte, kTimeBytes> write_time(std::uint64_t seconds);

}  // namespace signing_record
}  // namespace updraft
