// What is known about the content of the update slots, in flash: which sectors hold what, and which
// ones were being changed when the power went away.
//
// A flash cell whose erase was cut short may read as erased now and differently later; no number of
// reads shows that (spec/esp32.md 5.1). So a read of a slot is trusted only if its ledger says
// that no erase was interrupted:
//
//   state        since                                     what can be trusted
//   absent       there is no room for a ledger             nothing
//   damaged      its header does not read, or doubt()      nothing
//   foreign      a newer library wrote it                  nothing
//   untouched    never written                             all, as it reads
//   interrupted  begin(), until complete()                 likewise; doubtful_from is good_to()
//   complete     the image was read back whole             all but [doubtful_from, doubtful_to)
//
// Two copies for each slot, used in turn. The header of a new one is written before anything in the
// slot changes; then one record for each 64 KiB block that is done. A record counts only if its CRC
// is right; one that was cut short is skipped. 72 bytes each, little-endian:
//
//   header    +0 'U' 'L' 1 slot    +4 generation  +8 begun_at  +12 doubtful_to  +16 payload size
//             +20 identity[8]  +28 layout u8  +68 crc32 of 0..67
//   block     +0 'U' 'L' 2 0       +4 CRC-32 of each of its 16 sectors  +68 crc32
//   complete  +0 'U' 'L' 3 0       +4 bytes of the image  +68 crc32
//
// A ledger of a newer layout stays as it is until begin() replaces it: from then on it would be
// wrong (update_memory.hpp says what no layout may change).
#pragma once
#include <array>
#include <cstdint>

#include "updraft/flash.hpp"

namespace updraft::pipeline {

inline constexpr std::uint32_t kSectorsPerBlock = kFlashBlock / kFlashSector;
inline constexpr std::uint8_t kLedgerLayout = 1;
inline constexpr std::size_t kLedgerRecordBytes = 72;
inline constexpr std::uint32_t kLedgerSpares = 6;  // records that may be cut short, for each slot

// Of one copy; there are two for each slot.
constexpr std::uint32_t ledger_sectors(std::uint32_t slot_bytes) {
  const std::uint32_t blocks =
      static_cast<std::uint32_t>(align_up(slot_bytes, kFlashBlock)) / kFlashBlock;
  const std::uint64_t bytes = (2 + blocks + kLedgerSpares) * std::uint64_t{kLedgerRecordBytes};
  return static_cast<std::uint32_t>(align_up(bytes, kFlashSector)) / kFlashSector;
}

class SlotLedger {
 public:
  using Checks = std::array<std::uint32_t, kSectorsPerBlock>;  // CRC-32 of each sector of a block
  // Which payload it is, while only its beginning has arrived: the first bytes of the SHA-256 over
  // its first sector. The proof is the read-back of the whole image.
  using Identity = std::array<std::byte, 8>;
  enum class State : std::uint8_t { absent, damaged, foreign, untouched, interrupted, complete };

  // One update of a slot. Offsets are in the slot, multiples of 64 KiB.
  struct Update {
    Identity identity{};             // of what is written
    std::uint32_t payload_size = 0;  // 0: not known
    std::uint32_t begun_at = 0;      // where the first change was; below, the slot stayed as it was
    std::uint32_t doubtful_to = 0;   // up to here the slot was doubtful already
  };

  // The ledgers stand in `flash` from sector `first` on. Flash outlives the ledger.
  SlotLedger(Flash& flash, std::uint32_t first) : flash_(flash), first_(first) {}

  // Reads the ledger of a slot, by way of `scratch` (one sector); before anything else, at the
  // begin of every update.
  void open(std::uint8_t slot, std::uint32_t slot_bytes, MutableBytes scratch);

  State state() const { return state_; }
  const Update& update() const { return update_; }    // interrupted, complete
  std::uint32_t good_to() const { return good_to_; }  // interrupted: whole blocks up to here
  // Reads in [doubtful_from, doubtful_to) cannot be trusted. Both equal: all reads can.
  std::uint32_t doubtful_from() const;
  std::uint32_t doubtful_to() const;
  std::uint32_t image_bytes() const { return image_bytes_; }  // complete
  // What open() found of the sectors of a block. A bit for each that is recorded.
  std::uint16_t load(std::uint32_t block, Checks& checks);

  // Before the first change. The records of blocks below it are taken over, if there are any.
  // If the ledger's own flash fails, the update goes on without a ledger, and the old records are
  // made void as far as that is possible.
  void begin(const Update& update);
  void go_on();  // instead of begin(): the update that was interrupted at good_to()
  // The next block is done. A failed write is no error: a resumed update then repeats more.
  void append(const Checks& checks);
  void complete(std::uint32_t image_bytes);  // it was read back, and is what was sent
  void doubt();                              // what is recorded is not what the slot holds

 private:
  using Record = std::array<std::byte, kLedgerRecordBytes>;
  enum class Kind : std::uint8_t { header = 1, block, complete };

  std::uint32_t offset_of(std::uint32_t copy, std::uint32_t place) const;
  std::uint32_t places() const;
  bool read(std::uint32_t copy, std::uint32_t place, Record& record);
  bool is_header(const Record& record) const;
  bool blank(std::uint32_t copy);
  std::uint8_t find_header();
  void scan(MutableBytes scratch);
  void note(Bytes record);
  void take_over(std::uint32_t blocks);
  Result<> write(std::uint32_t copy, std::uint32_t place, Record& record);
  Result<> erase_copy(std::uint32_t copy);
  Result<> write_header(std::uint32_t copy);
  void void_header(std::uint32_t copy);
  void void_both();

  Flash& flash_;
  std::uint32_t first_;
  std::uint32_t sectors_ = 0;  // of one copy
  Update update_;
  std::uint32_t generation_ = 0;
  std::uint32_t good_to_ = 0;
  std::uint32_t image_bytes_ = 0;
  std::uint32_t checked_ = 0;   // sectors that load() may know
  std::uint32_t next_ = 0;      // place of the next record of the copy that is written
  std::uint32_t known_at_ = 0;  // Update::begun_at and
  std::uint32_t known_to_ = 0;  // good_to() of the copy that open() found
  std::uint32_t found_ = 0;     // block that load() found last
  std::uint32_t found_at_ = 0;  // and its place; 0: none
  bool gapless_ = true;         // nothing between the records was cut short
  std::uint8_t slot_ = 0;
  std::uint8_t known_ = 0;    // copy that open() found
  std::uint8_t writing_ = 0;  // copy that append() writes to
  State state_ = State::absent;
};

}  // namespace updraft::pipeline
