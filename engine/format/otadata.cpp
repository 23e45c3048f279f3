#include "engine/format/otadata.hpp"

#include <bit>

#include "engine/format/crc32.hpp"

namespace updraft::format {

std::string_view name(OtaState state) {
  switch (state) {
    case OtaState::new_image:
      return "new";
    case OtaState::pending_verify:
      return "pending_verify";
    case OtaState::valid:
      return "valid";
    case OtaState::invalid:
      return "invalid";
    case OtaState::aborted:
      return "aborted";
    case OtaState::undefined:
      return "undefined";
  }
  return "unknown";
}

bool OtaRecord::crc_ok() const { return crc == ota_seq_crc(seq); }

bool OtaRecord::rejected() const {
  return empty() || state == OtaState::invalid || state == OtaState::aborted;
}

bool OtaRecord::damaged() const {
  const bool blank = empty() && crc == kEmptySeq && state == OtaState::undefined;
  return !blank && (!crc_ok() || name(state) == "unknown");
}

std::optional<std::uint32_t> seq_before_damage(const OtaRecord& record) {
  if (std::popcount(~record.seq) + std::popcount(~record.crc) <= 1) return std::nullopt;  // blank
  const std::uint32_t wrong = record.crc ^ ota_seq_crc(record.seq);
  if (std::popcount(wrong) <= 1) return record.seq;
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t seq = record.seq ^ 1u << bit;
    if (ota_seq_crc(seq) == record.crc) return seq;
  }
  return std::nullopt;
}

std::uint32_t ota_seq_crc(std::uint32_t seq) {
  std::array<std::byte, 4> bytes;
  store_le32(bytes, 0, seq);
  return crc32(bytes, 0xFFFFFFFF);
}

OtaRecord parse_ota_record(Bytes bytes) {
  return {load_le32(bytes, 0), static_cast<OtaState>(load_le32(bytes, 24)), load_le32(bytes, 28)};
}

std::array<std::byte, kOtaRecordBytes> make_ota_record(std::uint32_t seq, OtaState state) {
  std::array<std::byte, kOtaRecordBytes> bytes;
  bytes.fill(std::byte{0xFF});
  store_le32(bytes, 0, seq);
  store_le32(bytes, 24, static_cast<std::uint32_t>(state));
  store_le32(bytes, 28, ota_seq_crc(seq));
  return bytes;
}

std::optional<std::size_t> newest_usable(const OtaRecords& records) {
  const bool first = records[0].usable();
  const bool second = records[1].usable();
  if (!first && !second) return std::nullopt;
  if (first && second) return records[1].seq > records[0].seq ? 1 : 0;
  return first ? 0 : 1;
}

std::uint32_t next_seq(std::uint32_t newest, std::uint32_t slot, std::uint32_t slots) {
  std::uint64_t seq = (slot + 1) % slots;
  if (seq <= newest) seq += (newest - seq) / slots * slots;
  while (seq <= newest) seq += slots;
  return seq < kEmptySeq ? static_cast<std::uint32_t>(seq) : 0;
}

}  // namespace updraft::format
