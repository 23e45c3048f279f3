#include "engine/update/journal.hpp"

#include <algorithm>

#include "engine/core/assert.hpp"
#include "engine/core/same_bytes.hpp"
#include "engine/format/crc32.hpp"

namespace updraft {
namespace {
static_assert(kJournalPlaces * kJournalRecordBytes == kFlashSector);
constexpr std::size_t kDigestOffset = 8;
constexpr std::size_t kHeadOffset = 40;

constexpr std::uint32_t offset_of(std::uint32_t sector, std::uint32_t place) {
  return sector * kFlashSector + place * std::uint32_t{kJournalRecordBytes};
}
std::byte kind_of(Bytes record) { return record[2]; }
bool is_sound(Bytes record) {
  return record[1] == std::byte{'J'} && record[0] == std::byte{'U'} && format::ends_in_crc(record);
}
}  // namespace

Result<> Journal::open() {
  UPDRAFT_ASSERT(flash_.size() >= kJournalSectors * kFlashSector);
  generation_ = next_ = 0;
  std::uint32_t newest = 0;
  std::uint8_t layout = kJournalLayout;
  sector_ = 1;  // so that compact() starts a new log in sector 0
  for (std::uint32_t sector = 0; sector < kJournalSectors; ++sector) {
    const Result<Record> header = read(sector, 0);
    if (!header) return header.error();
    const std::uint32_t generation = load_le32(*header, 4);
    const bool is_header = is_sound(*header) && kind_of(*header) == std::byte{1};
    if (!is_header || load_u8(*header, 3) == 0 || generation <= newest) continue;
    newest = generation;
    sector_ = sector;
    layout = load_u8(*header, 3);
  }
  if (layout > kJournalLayout) return {};
  if (newest == 0) return compact();
  for (next_ = kJournalPlaces; next_ > 1; --next_) {
    const Result<Record> last = read(sector_, next_ - 1);
    if (!last) return last.error();
    if (!is_erased(*last)) break;
  }
  generation_ = newest;
  drop_old();  // the power may have gone away before it was
  return {};
}

Result<> Journal::begin_trial(const Digest& image) { return append({Kind::trial, image}); }
Result<> Journal::keep(const Digest& image) { return append({Kind::kept, image}); }
Result<> Journal::excuse(const Digest& image) { return append({Kind::excused, image}); }
Result<> Journal::let_in(const Digest& image) { return append({Kind::let_in, image}); }

Result<> Journal::remember(const Remembered& image, const ImageName& head) {
  const Kind kind = image.why == RolledBack::failed ? Kind::failed : Kind::went_back;
  return append({kind, image.image, head});
}

std::optional<Journal::Digest> Journal::trial() {
  const Content content = load();
  const Entry* const entry = content.find({kTrials});
  return entry != nullptr ? std::optional(entry->image) : std::nullopt;
}

std::size_t Journal::excuses(const Digest& image) { return load().count({kExcuses, image}); }

std::optional<Remembered> Journal::remembered(Bytes name, NameOf what) {
  const Content content = load();
  const Entry* const entry = content.find({kRemembered, name, what});
  return entry != nullptr ? std::optional(entry->told()) : std::nullopt;
}

std::size_t Journal::list(std::span<Remembered> out) {
  const Content content = load();
  std::size_t found = 0;
  for (std::size_t i = 0; i < content.size && found < out.size(); ++i) {
    if (Match{kRemembered}.fits(content.entries[i])) out[found++] = content.entries[i].told();
  }
  return found;
}

Remembered Journal::Entry::told() const {
  return {image, kind == Kind::failed ? RolledBack::failed : RolledBack::went_back};
}

bool Journal::Match::fits(const Entry& entry) const {
  if ((kinds >> static_cast<unsigned>(entry.kind) & 1u) == 0) return false;
  const Bytes own = what == NameOf::head ? Bytes(entry.head) : Bytes(entry.image);
  return same_bytes(name, own.first(name.size()));
}

const Journal::Entry* Journal::Content::find(const Match& match) const {
  for (std::size_t i = 0; i < size; ++i) {
    if (match.fits(entries[i])) return &entries[i];
  }
  return nullptr;
}

std::size_t Journal::Content::count(const Match& match) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < size; ++i) found += match.fits(entries[i]) ? 1 : 0;
  return found;
}

void Journal::Content::drop(const Match& match, std::size_t most) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (most > 0 && match.fits(entries[i])) {
      --most;
    } else {
      entries[kept++] = entries[i];
    }
  }
  size = kept;
}

// At most one trial is open; what an image did before it was kept, lost or let in does not count;
// of the rest the newest kRememberedImages stay.
void Journal::Content::apply(const Entry& added) {
  const unsigned kind = 1u << static_cast<unsigned>(added.kind);
  if (added.kind != Kind::let_in) drop({kTrials}, size);
  if ((kind & (kTrials | kExcuses)) == 0) drop({kExcuses | kRemembered, added.image}, size);
  if (added.kind == Kind::kept || added.kind == Kind::let_in) return;
  const Match same_sort{(kind & kRemembered) != 0 ? kRemembered : kind};
  if (count(same_sort) == kRememberedImages) drop(same_sort, 1);
  entries[size++] = added;
}

Journal::Content Journal::load() {
  Content content;
  for (std::uint32_t place = 1; place < next_; ++place) {
    const Result<Record> record = read(sector_, place);
    if (!record || !is_sound(*record)) continue;
    Entry entry{static_cast<Kind>(kind_of(*record)), {}};
    if (entry.kind < Kind::trial || entry.kind > Kind::let_in) continue;
    std::copy_n(record->begin() + kDigestOffset, entry.image.size(), entry.image.begin());
    std::copy_n(record->begin() + kHeadOffset, entry.head.size(), entry.head.begin());
    content.apply(entry);
  }
  return content;
}

Journal::Record Journal::make_record(std::uint32_t generation, const Entry& entry) {
  Record record{};
  record[0] = std::byte{'U'};
  record[1] = std::byte{'J'};
  record[2] = static_cast<std::byte>(entry.kind);
  if (entry.kind == Kind::header) record[3] = std::byte{kJournalLayout};
  store_le32(record, 4, generation);
  std::ranges::copy(entry.image, record.begin() + kDigestOffset);
  std::ranges::copy(entry.head, record.begin() + kHeadOffset);
  format::end_in_crc(record);
  return record;
}

Result<Journal::Record> Journal::read(std::uint32_t sector, std::uint32_t place) {
  Record record;
  UPDRAFT_TRY(flash_.read(offset_of(sector, place), record));
  return record;
}

// False if the record does not read back: this place is lost, the next one may work.
Result<bool> Journal::write(std::uint32_t sector, std::uint32_t place, const Record& record) {
  UPDRAFT_TRY(flash_.program(offset_of(sector, place), record));
  flash_.yield();
  const Result<Record> back = read(sector, place);
  if (!back) return back.error();
  return same_bytes(*back, record);
}

Result<> Journal::append(const Entry& entry) {
  if (!is_open()) UPDRAFT_TRY(open());
  if (!is_open()) return fail(Code::flash, Where::journal);
  for (int compacted = 0; compacted < 2; ++compacted) {
    while (next_ < room_.places) {
      const Result<bool> written = write(sector_, next_++, make_record(generation_, entry));
      if (!written) return written.error();
      if (*written) return {};
    }
    UPDRAFT_TRY(compact());
  }
  return fail(Code::flash, Where::journal, offset_of(sector_, 0));
}

Result<> Journal::compact() {
  const Content content = load();  // nothing where open() found no journal
  const std::uint32_t target = 1 - sector_;
  const std::uint32_t generation = generation_ + 1;
  UPDRAFT_TRY(flash_.erase(offset_of(target, 0), kFlashSector));
  flash_.yield();
  // The header last, at place 0: until then the old sector is the journal.
  for (std::size_t i = content.size + 1; i-- > 0;) {
    const auto place = static_cast<std::uint32_t>(i);
    const Entry header{Kind::header, {}};
    const Record record = make_record(generation, i == 0 ? header : content.entries[i - 1]);
    const Result<bool> written = write(target, place, record);
    if (!written) return written.error();
    if (!*written) return fail(Code::flash, Where::journal, offset_of(target, place));
  }
  sector_ = target;
  generation_ = generation;
  next_ = static_cast<std::uint32_t>(content.size) + 1;
  drop_old();
  return {};
}

// What does not erase now is erased before it is written again.
void Journal::drop_old() {
  if (room_.erases_old) (void)flash_.erase(offset_of(1 - sector_, 0), kFlashSector);
}

}  // namespace updraft
