#include "updraft/update/journal.hpp"

#include <algorithm>

#include "updraft/format/crc32.hpp"

namespace updraft {
namespace {
constexpr std::uint32_t kPlaces = kFlashSector / kJournalRecordBytes;
constexpr std::size_t kPayloadOffset = 8;
constexpr std::size_t kCrcOffset = 60;

bool blank(Bytes bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{0xFF}; });
}

constexpr std::uint32_t offset_of(std::uint32_t sector, std::uint32_t place) {
  return sector * kFlashSector + place * std::uint32_t{kJournalRecordBytes};
}
}  // namespace

Result<> Journal::open() {
  generation_ = 0;
  for (std::uint32_t sector = 0; sector < 2; ++sector) {
    const Result<Record> header = read(sector, 0);
    if (!header) return std::unexpected(header.error());
    const std::uint32_t generation = load_le32(*header, 4);
    if (!is_sound(*header, Kind::header) || generation <= generation_) continue;
    generation_ = generation;
    sector_ = sector;
  }
  if (generation_ == 0) {
    sector_ = 1;  // so that compact() starts the log in sector 0
    return compact();
  }
  for (next_ = kPlaces; next_ > 1; --next_) {
    const Result<Record> last = read(sector_, next_ - 1);
    if (!last) return std::unexpected(last.error());
    if (!blank(*last)) break;
  }
  return {};
}

Result<> Journal::remember_refused(const crypto::Sha256Digest& digest) {
  if (is_refused(digest)) return {};
  return append(make_record(Kind::refused_image, generation_, digest));
}

bool Journal::is_refused(const crypto::Sha256Digest& digest) {
  Digests digests;
  const std::size_t count = load(digests);
  return std::find(digests.begin(), digests.begin() + count, digest) != digests.begin() + count;
}

Journal::Record Journal::make_record(Kind kind, std::uint32_t generation, Bytes payload) {
  Record record{};
  record[0] = std::byte{'U'};
  record[1] = std::byte{'J'};
  record[2] = static_cast<std::byte>(kind);
  store_le32(record, 4, generation);
  std::copy(payload.begin(), payload.end(), record.begin() + kPayloadOffset);
  store_le32(record, kCrcOffset, format::crc32(Bytes(record).first(kCrcOffset)));
  return record;
}

bool Journal::is_sound(const Record& record, Kind kind) {
  return record[0] == std::byte{'U'} && record[1] == std::byte{'J'} &&
         record[2] == static_cast<std::byte>(kind) &&
         load_le32(record, kCrcOffset) == format::crc32(Bytes(record).first(kCrcOffset));
}

Result<Journal::Record> Journal::read(std::uint32_t sector, std::uint32_t place) {
  Record record;
  UPDRAFT_TRY(flash_.read(offset_of(sector, place), record));
  return record;
}

// False if the record does not read back: the place is spent, another may do.
Result<bool> Journal::write(std::uint32_t sector, std::uint32_t place, const Record& record) {
  UPDRAFT_TRY(flash_.program(offset_of(sector, place), record));
  const Result<Record> back = read(sector, place);
  if (!back) return std::unexpected(back.error());
  return *back == record;
}

Result<> Journal::append(const Record& record) {
  for (int compacted = 0; compacted < 2; ++compacted) {
    while (next_ < kPlaces) {
      const Result<bool> written = write(sector_, next_++, record);
      if (!written) return std::unexpected(written.error());
      if (*written) return {};
    }
    UPDRAFT_TRY(compact());
  }
  return fail(Code::flash, Where::journal, offset_of(sector_, 0));
}

Result<> Journal::compact() {
  Digests digests;
  const std::size_t count = generation_ == 0 ? 0 : load(digests);
  const std::uint32_t target = 1 - sector_;
  const std::uint32_t generation = generation_ + 1;
  UPDRAFT_TRY(flash_.erase(offset_of(target, 0), kFlashSector));
  std::uint32_t place = 1;
  for (std::size_t i = 0; i < count; ++i) {
    const Record record = make_record(Kind::refused_image, generation, digests[i]);
    const Result<bool> written = write(target, place++, record);
    if (!written) return std::unexpected(written.error());
    if (!*written) return fail(Code::flash, Where::journal, offset_of(target, place));
  }
  const Result<bool> header = write(target, 0, make_record(Kind::header, generation, {}));
  if (!header) return std::unexpected(header.error());
  if (!*header) return fail(Code::flash, Where::journal, offset_of(target, 0));
  sector_ = target;
  generation_ = generation;
  next_ = place;
  return {};
}

std::size_t Journal::load(Digests& digests) {
  std::size_t count = 0;
  for (std::uint32_t place = 1; place < next_; ++place) {
    const Result<Record> record = read(sector_, place);
    if (!record || !is_sound(*record, Kind::refused_image)) continue;
    if (count == digests.size()) {
      std::rotate(digests.begin(), digests.begin() + 1, digests.end());
      --count;
    }
    std::copy_n(record->begin() + kPayloadOffset, digests[count].size(), digests[count].begin());
    ++count;
  }
  return count;
}

}  // namespace updraft
