// What must survive a reboot and is not otadata: which image is on trial, and which were rolled
// back here.
//
// Every installed image is on trial until it is confirmed. A trial that the image itself lost (it
// crashed, gave up, or did not confirm in time) is remembered as *failed*, one that a person ended
// as *went back*; one that a power cut ended is *excused*, because the image may be fine, but not
// more than kExcusedTrials times. What is remembered is refused until it is let in by name.
//
// A log of 64-byte records in two flash sectors, safe at every power cut: a record counts only if
// its CRC is right; when a sector is full, the records that still matter are copied to the other
// one, whose header is written last.
//
//   record: +0 'U' 'J'  +2 kind u8  +3 layout u8  +4 generation u32  +8 digest[32]
//           +40 name of the head[8] (head_name.hpp; zero: not known)  +48 zero  +60 crc32 of 0..59
//
// The first record of a sector is its header, and names the layout of the sector (zero in all other
// records); the sector with the higher generation is the journal. One of a newer layout is left
// alone: there is no journal then (update_memory.hpp says what no layout may change).
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>

#include "updraft/flash.hpp"
#include "updraft/policy.hpp"

#include "engine/crypto/digest.hpp"

namespace updraft {

inline constexpr std::uint32_t kJournalSectors = 2;
inline constexpr std::uint32_t kJournalPlaces = 64;  // records of a sector
inline constexpr std::uint8_t kJournalLayout = 1;
inline constexpr std::size_t kJournalRecordBytes = 64;
// Images that are remembered, and as many that are excused; the oldest is forgotten first.
inline constexpr std::size_t kRememberedImages = 8;
inline constexpr std::size_t kExcusedTrials = 2;  // of one image

// How the sectors are used. In flash a sector is filled before the other one is erased; a store
// whose room is shared with others (NVS) is left with as little as possible.
struct JournalRoom {
  std::uint32_t places = kJournalPlaces;  // that are filled; all that matters fits in 18
  bool erases_old = false;                // the old sector, as soon as the new one is the journal
};

class Journal {
 public:
  using Digest = crypto::Sha256Digest;

  // The first two sectors of `flash`, which outlives it.
  explicit Journal(Flash& flash, const JournalRoom& room = {}) : flash_(flash), room_(room) {}

  // Finds the log or starts an empty one; before anything else, once after boot. Error: flash.
  Result<> open();
  // False also after an open() that found a newer layout.
  bool is_open() const { return generation_ != 0; }

  // All write one record. Error: flash.
  Result<> begin_trial(const Digest& image);  // just before it is selected; ends an open trial
  Result<> keep(const Digest& image);    // confirmed: the trial is over, older failures forgotten
  Result<> excuse(const Digest& image);  // ended by a power cut
  // Its trial is over and lost. `head`: its name by its head; zero where it has none.
  Result<> remember(const Remembered& image, const ImageName& head);
  Result<> let_in(const Digest& image);  // it is remembered no more

  // Unreadable flash counts as "not known".
  std::optional<Digest> trial();  // the image on trial
  // By its digest, the beginning of it, or its head.
  enum class NameOf : std::uint8_t { image, head };
  std::optional<Remembered> remembered(Bytes name, NameOf what = NameOf::image);
  std::size_t list(std::span<Remembered> out);  // as many as fit; the oldest first
  std::size_t excuses(const Digest& image);     // how often its trial was excused

 private:
  enum class Kind : std::uint8_t { header = 1, trial, kept, excused, failed, went_back, let_in };
  using Record = std::array<std::byte, kJournalRecordBytes>;
  struct Entry {
    Kind kind;
    Digest image;
    ImageName head{};
    Remembered told() const;
  };
  static constexpr unsigned kTrials = 1u << static_cast<unsigned>(Kind::trial);
  static constexpr unsigned kExcuses = 1u << static_cast<unsigned>(Kind::excused);
  static constexpr unsigned kRemembered =
      1u << static_cast<unsigned>(Kind::failed) | 1u << static_cast<unsigned>(Kind::went_back);
  struct Match {
    unsigned kinds;   // a bit for each Kind
    Bytes name = {};  // that they begin with
    NameOf what = NameOf::image;
    bool fits(const Entry& entry) const;
  };
  // What the log says, replayed from its start.
  struct Content {
    std::array<Entry, 2 * kRememberedImages + 1> entries{};
    std::size_t size = 0;
    void apply(const Entry& entry);
    void drop(const Match& match, std::size_t most);  // oldest first
    std::size_t count(const Match& match) const;
    const Entry* find(const Match& match) const;
  };

  static Record make_record(std::uint32_t generation, const Entry& entry);
  Content load();
  Result<Record> read(std::uint32_t sector, std::uint32_t place);
  Result<bool> write(std::uint32_t sector, std::uint32_t place, const Record& record);
  Result<> append(const Entry& entry);
  Result<> compact();
  void drop_old();

  Flash& flash_;
  JournalRoom room_;
  std::uint32_t sector_ = 0;      // the active one, 0 or 1
  std::uint32_t generation_ = 0;  // of the active sector; 0: not opened
  std::uint32_t next_ = 0;        // place of the next record, kJournalRecordBytes each
};

}  // namespace updraft
