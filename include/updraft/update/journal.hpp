// What must survive a reboot and is not otadata: the digests of images that were rolled back here.
//
// A log of 64-byte records over two flash sectors or more (the first two are used), safe at every
// power cut: a record counts only with its CRC; when a sector is full, what still matters is copied
// to the other one, whose header is written last.
//
//   record: +0 magic 'U' 'J'  +2 kind u8  +3 zero  +4 generation u32  +8 payload[52]  +60 crc32 of
//   0..59
//
// The first record of a sector is its header; the sector with the higher generation is the journal.
// Owner: the Updater's owner; the partition belongs to the journal alone.
#pragma once
#include <array>
#include <cstdint>

#include "updraft/core/flash.hpp"
#include "updraft/crypto/digest.hpp"

namespace updraft {

inline constexpr std::size_t kJournalRecordBytes = 64;
inline constexpr std::size_t kRememberedImages = 8;  // the oldest is forgotten first

class Journal {
 public:
  // `flash` has at least two sectors; more are left alone.
  explicit Journal(Flash& flash) : flash_(flash) {}

  // Finds the log or starts an empty one; before anything else, once after boot. Error: flash.
  Result<> open();

  // Remembers an image as rolled back; already remembered: nothing is written. Error: flash.
  Result<> remember_refused(const crypto::Sha256Digest& digest);
  // True if the image was rolled back here; unreadable flash counts as "not known".
  bool is_refused(const crypto::Sha256Digest& digest);

 private:
  using Record = std::array<std::byte, kJournalRecordBytes>;
  using Digests = std::array<crypto::Sha256Digest, kRememberedImages>;
  enum class Kind : std::uint8_t { header = 1, refused_image = 2 };

  static Record make_record(Kind kind, std::uint32_t generation, Bytes payload);
  static bool is_sound(const Record& record, Kind kind);
  Result<Record> read(std::uint32_t sector, std::uint32_t place);
  Result<bool> write(std::uint32_t sector, std::uint32_t place, const Record& record);
  Result<> append(const Record& record);
  Result<> compact();
  std::size_t load(Digests& digests);  // the last kRememberedImages, oldest first

  Flash& flash_;
  std::uint32_t sector_ = 0;      // the active one, 0 or 1
  std::uint32_t generation_ = 0;  // of the active sector; 0: not opened
  std::uint32_t next_ = 0;        // place of the next record, kJournalRecordBytes each
};

}  // namespace updraft
