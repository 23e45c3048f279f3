// The two otadata records as boot and OTA code holds them: read together, changed in memory, and
// written back one at a time by erasing a sector and programming 32 bytes. Every such write has a
// moment in which the record is gone; spec/esp32.md section 3.4 says what a cut does there.
#pragma once
#include "updraft/flash.hpp"

#include "engine/format/otadata.hpp"
#include "engine/format/partition_table.hpp"

namespace updraft::sim {

class OtaData {
 public:
  using Bytes32 = std::array<std::byte, format::kOtaRecordBytes>;

  // Reads both records. Errors: malformed (the partition is smaller than 0x2000 bytes), flash.
  Result<> read(Flash& flash, const format::Partition& partition);

  const format::OtaRecords& records() const { return records_; }
  Bytes bytes(std::size_t i) const { return bytes_[i]; }
  const format::OtaRecord& operator[](std::size_t i) const { return records_[i]; }

  // In memory. set_state() keeps all other bytes, a wrong crc included; set() makes the crc right
  // and keeps the label; put() replaces everything.
  void set_state(std::size_t i, format::OtaState state);
  void set(std::size_t i, std::uint32_t seq, format::OtaState state);
  void put(std::size_t i, const Bytes32& bytes);

  // To flash. Error: flash.
  Result<> write(Flash& flash, std::size_t i) const;
  Result<> erase(Flash& flash, std::size_t i) const;

 private:
  std::uint32_t offset_of(std::size_t i) const;

  std::uint32_t offset_ = 0;  // of the partition
  std::array<Bytes32, 2> bytes_{};
  format::OtaRecords records_;
};

// State of the slot's record: that of the first record with a right crc that stands for it, as
// esp_ota_get_state_partition finds it; nullopt: there is none.
std::optional<format::OtaState> state_of_slot(const format::OtaRecords& records, std::uint32_t slot,
                                              std::uint32_t slots);

}  // namespace updraft::sim
