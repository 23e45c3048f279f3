// What a device remembers for signed updates: its KeySet, the release that is installed, and the
// one that waits to be confirmed. spec/suit.md section 10; the bytes: signing_record.hpp.
//
// Two sectors. Each holds a record with the KeySet; what becomes of the releases is noted behind
// the newer one, as long as there is room: an erase takes a hundred times as long as a note. Then a
// new record goes to the other sector. What is written is read back, and has a generation: the
// newest that is sound holds. So at every instant one state is whole, and the KeySet is there twice
// (docs/decisions/0052-one-record-in-two-sectors.md, 0064-notes-behind-a-record.md).
//
// A record of a newer layout is left alone, and holds a KeySet that this library cannot read: then
// nothing comes in that somebody has not armed the device for.
#pragma once
#include "engine/signing/signing_record.hpp"

namespace updraft {

inline constexpr std::uint32_t kSigningSectors = 2;
// A bound of the time is written once in so long: a device that restarts every minute asks for a
// token every minute.
inline constexpr std::uint64_t kTimeIsWrittenEvery = 86'400;  // seconds

class SigningMemory {
 public:
  // The first two sectors of `flash`, which outlives it.
  explicit SigningMemory(Flash& flash) : flash_(flash) {}

  // Before anything else, once after boot. `sector`: room to work in, here and below. A sector that
  // does not read counts as blank.
  void open(MutableBytes sector);

  bool is_twice() const { return twice_; }      // both sectors have the KeySet
  bool is_foreign() const { return foreign_; }  // a newer library wrote it
  bool has_key_set() const { return key_set_bytes_ != 0; }
  std::uint64_t key_set_version() const { return version_; }  // 0: there is none
  bool pins_image_keys() const { return pins_; }              // of Secure Boot
  const std::optional<Release>& installed() const { return facts_.installed; }
  const std::optional<Release>& pending() const { return facts_.pending; }
  const std::optional<LostRelease>& lost() const { return facts_.lost; }
  // It is not earlier than this, in Unix seconds; 0: nothing is known. Never falls.
  std::uint64_t not_before() const { return not_before_; }
  // The KeySet, in `sector`. Error: flash: it cannot be read, or is not what was written.
  Result<Bytes> key_set(MutableBytes sector);
  Result<suit::KeySet> keys(MutableBytes sector);  // the same, read: views into `sector`

  // Each is one change, all or nothing. Error: flash; what was remembered before still is.
  Result<> wait_for(const Release& release, MutableBytes sector);
  Result<> wait_for_none(MutableBytes sector);
  Result<> lose(const LostRelease& lost, MutableBytes sector);    // and waits for none
  Result<> install(const Release& release, MutableBytes sector);  // and waits for none
  Result<> replace_key_set(Bytes key_set, MutableBytes sector);   // `key_set`: not in `sector`
  // Holds at once; after a restart what was written, at most kTimeIsWrittenEvery less.
  Result<> raise_not_before(std::uint64_t seconds, MutableBytes sector);

 private:
  bool load(std::uint32_t place, MutableBytes sector);
  void look_at_record(std::uint32_t place, Bytes record);
  std::uint32_t look_at_notes(std::uint32_t place, std::uint32_t from, MutableBytes page,
                              std::uint64_t& time);
  Result<> take_key_set(MutableBytes sector);
  Result<> change(const SigningFacts& facts, MutableBytes sector);
  Result<> rewrite(const SigningFacts& facts, MutableBytes sector);
  bool note(const SigningFacts& facts, MutableBytes sector);
  bool takes_notes() const;
  bool note_time();
  Result<> write(const SigningFacts& facts, std::size_t key_set_bytes, MutableBytes sector);
  void know(const Result<suit::KeySet>& keys);
  Result<> program(std::uint32_t at, Bytes bytes);

  Flash& flash_;
  SigningFacts facts_;
  std::size_t key_set_bytes_ = 0;
  std::uint32_t generation_ = 0;  // the highest that was written; 0: nothing was
  std::uint32_t recorded_ = 0;    // that of the record with the KeySet
  std::uint32_t place_ = 0;       // the sector of that record, 0 or 1
  std::uint32_t free_ = 0;        // in that sector: where the next note goes
  std::uint64_t version_ = 0;     // of the KeySet
  std::uint64_t not_before_ = 0;
  std::uint64_t written_time_ = 0;  // in the sector with the KeySet
  bool twice_ = false;              // the other sector has the same KeySet
  bool astray_ = false;             // what is known of releases stands in the other sector alone
  bool pins_ = false;
  bool foreign_ = false;
};

}  // namespace updraft
