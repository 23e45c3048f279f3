#include "sim/ota_data.hpp"

namespace updraft::sim {

using format::OtaState;

Result<> OtaData::read(Flash& flash, const format::Partition& partition) {
  if (partition.size < format::kOtaDataBytes) {
    return fail(Code::malformed, Where::otadata, partition.size, format::kOtaDataBytes);
  }
  offset_ = partition.offset;
  for (std::size_t i = 0; i < bytes_.size(); ++i) {
    UPDRAFT_TRY(flash.read(offset_of(i), bytes_[i]));
    records_[i] = format::parse_ota_record(bytes_[i]);
  }
  return {};
}

void OtaData::set_state(std::size_t i, OtaState state) {
  store_le32(bytes_[i], 24, static_cast<std::uint32_t>(state));
  records_[i] = format::parse_ota_record(bytes_[i]);
}

void OtaData::set(std::size_t i, std::uint32_t seq, OtaState state) {
  store_le32(bytes_[i], 0, seq);
  store_le32(bytes_[i], 28, format::ota_seq_crc(seq));
  set_state(i, state);
}

void OtaData::put(std::size_t i, const Bytes32& bytes) {
  bytes_[i] = bytes;
  records_[i] = format::parse_ota_record(bytes_[i]);
}

Result<> OtaData::write(Flash& flash, std::size_t i) const {
  UPDRAFT_TRY(erase(flash, i));
  return flash.program(offset_of(i), bytes_[i]);
}

Result<> OtaData::erase(Flash& flash, std::size_t i) const {
  return flash.erase(offset_of(i), format::kOtaRecordSpacing);
}

std::uint32_t OtaData::offset_of(std::size_t i) const {
  return offset_ + static_cast<std::uint32_t>(i) * format::kOtaRecordSpacing;
}

std::optional<OtaState> state_of_slot(const format::OtaRecords& records, std::uint32_t slot,
                                      std::uint32_t slots) {
  if (slots == 0) return std::nullopt;
  for (const format::OtaRecord& record : records) {
    if (record.crc_ok() && format::slot_of(record.seq, slots) == slot) return record.state;
  }
  return std::nullopt;
}

}  // namespace updraft::sim
