// The otadata partition: two records that say which slot boots and how it is doing
// (spec/esp32.md section 3.1). Bytes to values; the bootloader's choice is in
// sim/bootloader.hpp.
//
//   +0 ota_seq u32   +4 label[20], unused, FF   +24 ota_state u32   +28 crc u32
//
// Record i lives in the first 32 bytes of sector i. The crc covers ota_seq only.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "updraft/bytes.hpp"

namespace updraft::format {

inline constexpr std::size_t kOtaRecordBytes = 32;
inline constexpr std::uint32_t kOtaRecordSpacing = 4096;  // one flash sector each
inline constexpr std::uint32_t kOtaDataBytes = 0x2000;
inline constexpr std::uint32_t kEmptySeq = 0xFFFFFFFF;

enum class OtaState : std::uint32_t {
  new_image = 0,       // selected, not yet booted
  pending_verify = 1,  // booted once, not yet confirmed
  valid = 2,
  invalid = 3,  // the app rejected it
  aborted = 4,  // reset before it was confirmed
  undefined = 0xFFFFFFFF,
};

std::string_view name(
    OtaState state);  // as in events: "new", "pending_verify"; "unknown" otherwise

struct OtaRecord {
  std::uint32_t seq = kEmptySeq;
  OtaState state = OtaState::undefined;
  std::uint32_t crc = 0xFFFFFFFF;  // as stored

  bool empty() const { return seq == kEmptySeq; }
  bool crc_ok() const;
  // Empty, or its state forbids booting; the crc is not consulted.
  bool rejected() const;
  bool usable() const { return !rejected() && crc_ok(); }
  // Neither blank nor as anybody writes it: the checksum is wrong, or there is no such state.
  bool damaged() const;
};

// The seq of a damaged record before one bit of it was flipped; nullopt: no single bit explains it,
// or it was blank.
std::optional<std::uint32_t> seq_before_damage(const OtaRecord& record);

std::uint32_t ota_seq_crc(std::uint32_t seq);

OtaRecord parse_ota_record(Bytes bytes);  // `bytes` holds kOtaRecordBytes
std::array<std::byte, kOtaRecordBytes> make_ota_record(std::uint32_t seq, OtaState state);

using OtaRecords = std::array<OtaRecord, 2>;

// Index of the usable record with the larger seq (equal: 0); none: nullopt.
std::optional<std::size_t> newest_usable(const OtaRecords& records);

// Slot that a record stands for, of `slots`: (seq - 1) mod slots, wrapping at seq 0; 0 of none.
constexpr std::uint32_t slot_of(std::uint32_t seq, std::uint32_t slots) {
  return slots == 0 ? 0 : (seq - 1) % slots;
}

// The smallest seq above `newest` that stands for `slot`, as esp_ota_set_boot_partition computes
// it. 0 if 32 bits have no such number any more.
std::uint32_t next_seq(std::uint32_t newest, std::uint32_t slot, std::uint32_t slots);

}  // namespace updraft::format
