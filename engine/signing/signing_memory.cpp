#include "engine/signing/signing_memory.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/format/crc32.hpp"
#include "engine/signing/room.hpp"

namespace updraft {
namespace {

// The last page is kept free for the time (write()).
constexpr std::uint32_t kNotesEnd = kFlashSector - kFlashPage;

}  // namespace

void SigningMemory::open(MutableBytes sector) {
  UPDRAFT_ASSERT(sector.size() >= kFlashSector);
  facts_ = {};
  key_set_bytes_ = generation_ = recorded_ = place_ = 0;
  foreign_ = false;
  std::array<std::uint32_t, kSigningSectors> free{}, check{};
  std::array<std::uint64_t, kSigningSectors> times{};
  std::uint32_t newest = 0;  // the sector of what is known of releases
  for (std::uint32_t place = 0; place < kSigningSectors; ++place) {
    const std::uint32_t before = generation_;
    std::uint32_t from = kFlashPage;  // no record is shorter: notes may outlive theirs
    if (load(place, sector)) {
      look_at_record(place, sector);
      if (signing_record::layout(sector) > kSigningLayout) {
        newest = generation_ != before ? place : newest;
        continue;
      }
      const std::size_t size = signing_record::key_set_bytes(sector);
      check[place] = format::crc32(sector.subspan(signing_record::kKeySetOffset, size));
      from = static_cast<std::uint32_t>(align_up(signing_record::bytes(size), kFlashPage));
    }
    free[place] = look_at_notes(place, from, sector.first(kFlashPage), times[place]);
    if (generation_ != before) newest = place;
  }
  written_time_ = times[place_];
  not_before_ = std::max(times[0], times[1]);
  free_ = free[place_];
  astray_ = newest != place_;
  twice_ = has_key_set() && check[0] == check[1];
  know(keys(sector));
}

void SigningMemory::look_at_record(std::uint32_t place, Bytes record) {
  const std::uint32_t generation = signing_record::generation(record);
  const bool foreign = signing_record::layout(record) > kSigningLayout;
  if (generation > recorded_) {
    recorded_ = generation;
    place_ = place;
    foreign_ = foreign;
    key_set_bytes_ = foreign ? 0 : signing_record::key_set_bytes(record);
  }
  if (generation <= generation_) return;
  generation_ = generation;
  facts_ = foreign ? SigningFacts{} : signing_record::facts(record);
}

// Returns where nothing was written any more.
std::uint32_t SigningMemory::look_at_notes(std::uint32_t place, std::uint32_t from,
                                           MutableBytes page, std::uint64_t& time) {
  std::uint32_t free = from;
  for (std::uint32_t at = from; at < kFlashSector; at += kFlashPage) {
    if (!flash_.read(place * kFlashSector + at, page)) return kFlashSector;
    if (is_blank(flash_, page)) continue;
    free = at + kFlashPage;
    time = std::max(time, signing_record::time(page));
    const Bytes note = Bytes(page).first(signing_record::kNoteBytes);
    if (!signing_record::is_note(note)) continue;
    const std::uint32_t generation = signing_record::generation(note);
    if (generation <= generation_) continue;
    generation_ = generation;
    facts_ = signing_record::facts(note);
  }
  return free;
}

void SigningMemory::know(const Result<suit::KeySet>& keys) {
  version_ = keys ? keys->version : 0;
  pins_ = keys && !keys->image_keys.empty();
}

// Whether there is a sound record. The layout of a newer one is its own, but its end is a CRC, and
// the place of the size in it is the same.
bool SigningMemory::load(std::uint32_t place, MutableBytes sector) {
  const MutableBytes front = sector.first(signing_record::kKeySetOffset);
  if (!flash_.read(place * kFlashSector, front) || !signing_record::is_record(front)) return false;
  const MutableBytes record =
      sector.first(signing_record::bytes(signing_record::key_set_bytes(front)));
  return flash_.read(place * kFlashSector, record).has_value() && format::ends_in_crc(record);
}

Result<Bytes> SigningMemory::key_set(MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  return Bytes(sector).subspan(signing_record::kKeySetOffset, key_set_bytes_);
}

Result<suit::KeySet> SigningMemory::keys(MutableBytes sector) {
  const Result<Bytes> stored = key_set(sector);
  if (!stored) return stored.error();
  return suit::KeySet::read(*stored);
}

// To where it stands in a record.
Result<> SigningMemory::take_key_set(MutableBytes sector) {
  if (key_set_bytes_ == 0) return {};
  if (load(place_, sector) && signing_record::generation(sector) == recorded_) return {};
  return fail(Code::flash, Where::journal, place_ * kFlashSector);
}

Result<> SigningMemory::wait_for(const Release& release, MutableBytes sector) {
  return change({facts_.installed, release, std::nullopt}, sector);
}

Result<> SigningMemory::wait_for_none(MutableBytes sector) {
  return change({facts_.installed, std::nullopt, facts_.lost}, sector);
}

Result<> SigningMemory::lose(const LostRelease& lost, MutableBytes sector) {
  return change({facts_.installed, std::nullopt, lost}, sector);
}

Result<> SigningMemory::install(const Release& release, MutableBytes sector) {
  return change({release, std::nullopt, facts_.lost}, sector);
}

Result<> SigningMemory::change(const SigningFacts& facts, MutableBytes sector) {
  return note(facts, sector) ? Result<>{} : rewrite(facts, sector);
}

Result<> SigningMemory::rewrite(const SigningFacts& facts, MutableBytes sector) {
  UPDRAFT_TRY(take_key_set(sector));
  UPDRAFT_TRY(write(facts, key_set_bytes_, sector));
  twice_ = has_key_set();
  return {};
}

// If the other sector cannot have it too, the one that has it will do: the next change tries again.
Result<> SigningMemory::replace_key_set(Bytes key_set, MutableBytes sector) {
  UPDRAFT_ASSERT(key_set.size() <= suit::kMaxKeySetBytes);
  std::ranges::copy(key_set, sector.subspan(signing_record::kKeySetOffset).begin());
  twice_ = false;
  UPDRAFT_TRY(write(facts_, key_set.size(), sector));
  twice_ = write(facts_, key_set.size(), sector).has_value();
  return {};
}

// False: there is no room for it, the KeySet has to be written again, or it did not work.
bool SigningMemory::note(const SigningFacts& facts, MutableBytes sector) {
  if (!(twice_ || astray_) || !takes_notes() || free_ >= kNotesEnd) return false;
  const std::uint32_t at = place_ * kFlashSector + free_;
  free_ += kFlashPage;
  const Bytes note = signing_record::write_note(sector, facts, ++generation_);
  if (!program(at, note)) return false;
  astray_ = false;
  facts_ = facts;
  return true;
}

// Where erasing costs nothing notes would only fill it.
bool SigningMemory::takes_notes() const {
  const FlashTimes times = flash_.times();
  return !foreign_ && times.erase_sector > times.program_page;
}

Result<> SigningMemory::raise_not_before(std::uint64_t seconds, MutableBytes sector) {
  if (seconds <= not_before_) return {};
  not_before_ = seconds;
  if (seconds - written_time_ < kTimeIsWrittenEvery || !has_key_set()) return {};
  const bool noted = free_ < kNotesEnd && takes_notes() && note_time();
  return noted ? Result<>{} : rewrite(facts_, sector);
}

bool SigningMemory::note_time() {
  if (free_ >= kFlashSector) return false;
  const std::uint32_t at = place_ * kFlashSector + free_;
  free_ += kFlashPage;
  if (!program(at, signing_record::write_time(not_before_))) return false;
  written_time_ = not_before_;
  return true;
}

// To the sector that does not hold. The time comes first: when the record holds, both are there.
// Since a power cut it may stand in the sector alone that is erased now: then it is noted in the
// other one before.
Result<> SigningMemory::write(const SigningFacts& facts, std::size_t key_set_bytes,
                              MutableBytes sector) {
  const std::uint32_t place = 1 - place_;
  if (foreign_) return fail(Code::flash, Where::journal, place_ * kFlashSector);
  if (written_time_ < not_before_ && takes_notes()) (void)note_time();
  const std::uint32_t at = place * kFlashSector;
  const Bytes record = signing_record::write(sector, facts, ++generation_, key_set_bytes);
  UPDRAFT_TRY(flash_.erase(at, kFlashSector));
  flash_.yield();
  auto free = static_cast<std::uint32_t>(align_up(record.size(), kFlashPage));
  if (not_before_ != 0) {
    UPDRAFT_TRY(program(at + free, signing_record::write_time(not_before_)));
    free += kFlashPage;
  }
  UPDRAFT_TRY(program(at, record));
  recorded_ = generation_;
  place_ = place;
  astray_ = false;
  free_ = free;
  written_time_ = not_before_;
  facts_ = facts;
  key_set_bytes_ = key_set_bytes;
  know(suit::KeySet::read(Bytes(sector).subspan(signing_record::kKeySetOffset, key_set_bytes)));
  return {};
}

// And reads it back.
Result<> SigningMemory::program(std::uint32_t at, Bytes bytes) {
  UPDRAFT_TRY(program_pages(flash_, at, bytes));
  return reads_as(flash_, at, bytes) ? Result<>{} : fail(Code::flash, Where::journal, at);
}

}  // namespace updraft
