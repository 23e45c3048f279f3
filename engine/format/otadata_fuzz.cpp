// Two otadata records, then a number of slots: which record counts, and what is written next.
#include <algorithm>
#include <array>

#include "engine/format/otadata.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

using format::OtaRecord;

// Odd `repair`: as if the crc had been written right.
OtaRecord record(Bytes bytes, bool repair) {
  OtaRecord parsed = format::parse_ota_record(bytes);
  if (repair) parsed.crc = format::ota_seq_crc(parsed.seq);
  return parsed;
}

void check_record(const OtaRecord& record) {
  check(!record.usable() || (!record.rejected() && record.crc_ok()), "usable means both");
  check(!record.empty() || record.rejected(), "an empty record is rejected");
  check(!format::name(record.state).empty(), "a state has a name");
  const auto bytes = format::make_ota_record(record.seq, record.state);
  const OtaRecord again = format::parse_ota_record(bytes);
  check(again.seq == record.seq && again.state == record.state, "it comes back the same");
  check(again.crc_ok(), "what is written has its crc");
}

void check_newest(const format::OtaRecords& records) {
  const auto newest = format::newest_usable(records);
  check(newest.has_value() == (records[0].usable() || records[1].usable()), "one counts if usable");
  if (!newest) return;
  const OtaRecord& other = records[1 - *newest];
  check(records[*newest].usable(), "the newest is usable");
  check(!other.usable() || other.seq <= records[*newest].seq, "no usable one is newer");
}

void check_next(std::uint32_t newest, std::uint32_t slot, std::uint32_t slots) {
  const std::uint32_t seq = format::next_seq(newest, slot, slots);
  if (seq == 0) {
    check(newest >= format::kEmptySeq - slots, "numbers end only at the end");
    return;
  }
  check(seq > newest && seq - newest <= slots, "the next number is the smallest above");
  check(seq != format::kEmptySeq && format::slot_of(seq, slots) == slot, "it stands for the slot");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace updraft;
  using namespace updraft::fuzz;
  const Bytes bytes = input(data, size);
  if (bytes.size() < 2 * format::kOtaRecordBytes + 2) return 0;
  const std::uint8_t choice = load_u8(bytes, 64);
  const format::OtaRecords records = {
      record(bytes.first(format::kOtaRecordBytes), (choice & 1) != 0),
      record(bytes.subspan(format::kOtaRecordBytes, format::kOtaRecordBytes), (choice & 2) != 0)};
  for (const OtaRecord& each : records) check_record(each);
  check_newest(records);
  const std::uint32_t slots = 1 + choice % 16;
  check_next(records[0].seq, load_u8(bytes, 65) % slots, slots);
  return 0;
}
