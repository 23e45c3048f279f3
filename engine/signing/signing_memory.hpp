// What a device remembers for signed updates: its KeySet, the release that is installed, and the
// one that waits to be confirmed. spec/suit.md section 10.
//
// One record, in two sectors that are used in turn: the sound one with the higher generation holds.
// A new record is written to the other sector, and read back, before the old one is touched: at
// every instant one of them is whole. Little-endian:
//
//   +0 'U' 'S'  +2 layout u8  +3 flags u8 (1: installed, 2: pending, 4: lost)  +4 generation u32
//   +8 installed: sequence u64, manifest digest[32], image digest[32], image bytes u32
//   +84 pending: the same; or lost: zero u64, name[32], image digest[32], zero u32
//   +160 size of the KeySet u16  +162 KeySet  then CRC-32 of all before
//
// A record of a newer layout is left alone, and holds a KeySet that this library cannot read: then
// nothing comes in that somebody has not armed the device for.
#pragma once
#include <cstdint>
#include <optional>

#include "updraft/flash.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

inline constexpr std::uint32_t kSigningSectors = 2;
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

class SigningMemory {
 public:
  // The first two sectors of `flash`, which outlives it.
  explicit SigningMemory(Flash& flash) : flash_(flash) {}

  // Before anything else, once after boot. `sector`: room to work in, here and below. A sector that
  // does not read counts as blank.
  void open(MutableBytes sector);

  bool is_foreign() const { return foreign_; }  // a newer library wrote it
  bool has_key_set() const { return key_set_bytes_ != 0; }
  std::uint64_t key_set_version() const { return version_; }  // 0: there is none
  bool pins_image_keys() const { return pins_; }              // of Secure Boot
  const std::optional<Release>& installed() const { return facts_.installed; }
  const std::optional<Release>& pending() const { return facts_.pending; }
  const std::optional<LostRelease>& lost() const { return facts_.lost; }
  // The KeySet, in `sector`. Error: flash: it cannot be read, or is not what was written.
  Result<Bytes> key_set(MutableBytes sector);

  // Each writes one record. Error: flash; what was remembered before still is.
  Result<> wait_for(const Release& release, MutableBytes sector);
  Result<> wait_for_none(MutableBytes sector);
  Result<> lose(const LostRelease& lost, MutableBytes sector);    // and waits for none
  Result<> install(const Release& release, MutableBytes sector);  // and waits for none
  Result<> replace_key_set(Bytes key_set, MutableBytes sector);   // `key_set`: not in `sector`

 private:
  struct Facts {
    std::optional<Release> installed, pending;
    std::optional<LostRelease> lost;  // only where none is pending
  };
  bool load(std::uint32_t place, MutableBytes sector);
  Result<> take_key_set(MutableBytes sector);
  Result<> write(const Facts& facts, std::size_t key_set_bytes, MutableBytes sector);
  void note(Bytes key_set);
  Result<> write_record(Bytes record);

  Flash& flash_;
  Facts facts_;
  std::size_t key_set_bytes_ = 0;
  std::uint32_t generation_ = 0;  // 0: there is no record
  std::uint32_t place_ = 0;       // the sector of it, 0 or 1
  std::uint64_t version_ = 0;     // of the KeySet
  bool pins_ = false;
  bool foreign_ = false;
};

}  // namespace updraft
