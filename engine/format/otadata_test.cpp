#include "engine/format/otadata.hpp"

#include <string>

#include <gtest/gtest.h>

#include "tests/golden/golden.hpp"

namespace updraft::format {
namespace {

constexpr OtaRecord kBlank{};

OtaRecord record(std::uint32_t seq, OtaState state) {
  return parse_ota_record(make_ota_record(seq, state));
}

OtaRecord bad_crc(std::uint32_t seq, OtaState state) {
  OtaRecord damaged = record(seq, state);
  damaged.crc ^= 1;
  return damaged;
}

TEST(OtaSeqCrc, MatchesTheWorkedExamples) {
  const std::pair<std::uint32_t, std::uint32_t> rows[] = {
      {0, 0xFFFFFFFF},   {1, 0x4743989A},          {2, 0x55F63774},
      {3, 0xED4A5011},   {4, 0x709D68A8},          {5, 0xC8210FCD},
      {256, 0xFE3D95C8}, {0xFFFFFFFE, 0x99F8B879}, {0xFFFFFFFF, 0x2144DF1C},
  };
  for (const auto& [seq, crc] : rows) EXPECT_EQ(ota_seq_crc(seq), crc) << seq;
}

struct RecordRow {
  std::uint32_t seq;
  OtaState state;
  const char* hex;
};

constexpr RecordRow kRecords[] = {
    {1, OtaState::valid, "01000000ffffffffffffffffffffffffffffffffffffffff020000009a984347"},
    {1, OtaState::undefined, "01000000ffffffffffffffffffffffffffffffffffffffffffffffff9a984347"},
    {2, OtaState::new_image, "02000000ffffffffffffffffffffffffffffffffffffffff000000007437f655"},
    {2, OtaState::pending_verify,
     "02000000ffffffffffffffffffffffffffffffffffffffff010000007437f655"},
};

TEST(OtaRecord, IsWrittenAsInTheWorkedExamples) {
  for (const RecordRow& row : kRecords) {
    EXPECT_EQ(golden::to_hex(make_ota_record(row.seq, row.state)), row.hex);
  }
}

TEST(OtaRecord, IsReadFromTheWorkedExamples) {
  for (const RecordRow& row : kRecords) {
    const OtaRecord read = parse_ota_record(golden::from_hex(row.hex));
    EXPECT_EQ(read.seq, row.seq);
    EXPECT_EQ(read.state, row.state);
    EXPECT_TRUE(read.usable());
  }
}

struct Predicates {
  const char* name;
  OtaRecord record;
  bool empty, crc_ok, rejected, usable;
};

class OtaPredicates : public testing::TestWithParam<Predicates> {};

TEST_P(OtaPredicates, FollowSeqStateAndCrc) {
  const Predicates& row = GetParam();
  EXPECT_EQ(row.record.empty(), row.empty);
  EXPECT_EQ(row.record.crc_ok(), row.crc_ok);
  EXPECT_EQ(row.record.rejected(), row.rejected);
  EXPECT_EQ(row.record.usable(), row.usable);
}

INSTANTIATE_TEST_SUITE_P(
    OtaRecord, OtaPredicates,
    testing::Values(
        Predicates{"Blank", kBlank, true, false, true, false},
        Predicates{"New", record(1, OtaState::new_image), false, true, false, true},
        Predicates{"Pending", record(1, OtaState::pending_verify), false, true, false, true},
        Predicates{"Valid", record(1, OtaState::valid), false, true, false, true},
        Predicates{"Invalid", record(1, OtaState::invalid), false, true, true, false},
        Predicates{"Aborted", record(1, OtaState::aborted), false, true, true, false},
        Predicates{"Undefined", record(1, OtaState::undefined), false, true, false, true},
        Predicates{"StateOfNobody", record(1, OtaState{7}), false, true, false, true},
        Predicates{"BadCrc", bad_crc(1, OtaState::valid), false, false, false, false},
        Predicates{"BadCrcIsNotAskedWhenRejected", bad_crc(1, OtaState::aborted), false, false,
                   true, false},
        Predicates{"EmptyWithItsCrc", record(kEmptySeq, OtaState::valid), true, true, true, false},
        Predicates{"SeqZeroWithAnErasedCrc", OtaRecord{0, OtaState::undefined, 0xFFFFFFFF}, false,
                   true, false, true}),
    [](const auto& row) { return std::string(row.param.name); });

struct Newest {
  const char* name;
  OtaRecords records;
  std::optional<std::size_t> index;
};

class NewestUsable : public testing::TestWithParam<Newest> {};

TEST_P(NewestUsable, IsTheUsableOneWithTheLargerSeq) {
  EXPECT_EQ(newest_usable(GetParam().records), GetParam().index);
}

INSTANTIATE_TEST_SUITE_P(
    OtaData, NewestUsable,
    testing::Values(
        Newest{"BothBlank", {kBlank, kBlank}, std::nullopt},
        Newest{"OnlyFirst", {record(1, OtaState::undefined), kBlank}, 0},
        Newest{"OnlySecond", {kBlank, record(1, OtaState::pending_verify)}, 1},
        Newest{"SecondNewer", {record(1, OtaState::valid), record(2, OtaState::new_image)}, 1},
        Newest{"FirstNewer", {record(3, OtaState::valid), record(2, OtaState::valid)}, 0},
        Newest{"Equal", {record(5, OtaState::valid), record(5, OtaState::new_image)}, 0},
        Newest{"NewerRejected", {record(1, OtaState::valid), record(2, OtaState::aborted)}, 0},
        Newest{"NewerDamaged", {record(1, OtaState::valid), bad_crc(2, OtaState::valid)}, 0},
        Newest{"BothRejected",
               {record(1, OtaState::aborted), record(2, OtaState::invalid)},
               std::nullopt},
        Newest{"NoWrap", {record(0xFFFFFFFE, OtaState::valid), record(1, OtaState::valid)}, 0}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(SlotOf, CountsFromSeqOneAndWrapsAtZero) {
  EXPECT_EQ(slot_of(1, 2), 0u);
  EXPECT_EQ(slot_of(2, 2), 1u);
  EXPECT_EQ(slot_of(3, 3), 2u);
  EXPECT_EQ(slot_of(4, 3), 0u);
  EXPECT_EQ(slot_of(0, 2), 1u);
  EXPECT_EQ(slot_of(0, 3), 0u);
  EXPECT_EQ(slot_of(9, 1), 0u);
}

TEST(NextSeq, MatchesTheTableOfTheSpec) {
  struct Row {
    std::uint32_t slots, newest, slot, seq;
  };
  const Row rows[] = {{2, 0, 0, 1}, {2, 0, 1, 2}, {2, 1, 1, 2}, {2, 2, 0, 3},
                      {2, 3, 1, 4}, {3, 1, 1, 2}, {3, 1, 2, 3}, {3, 2, 0, 4},
                      {3, 2, 2, 3}, {3, 4, 1, 5}, {3, 4, 2, 6}, {1, 7, 0, 8}};
  for (const Row& row : rows) {
    EXPECT_EQ(next_seq(row.newest, row.slot, row.slots), row.seq)
        << row.slots << " slots, newest " << row.newest << ", slot " << row.slot;
  }
}

TEST(NextSeq, IsAlwaysNewerAndOfThatSlot) {
  for (std::uint32_t slots = 1; slots <= 16; ++slots) {
    for (const std::uint32_t newest : {0u, 1u, 15u, 16u, 1000u, 0x7FFFFFFFu, 0xFFFFFF00u}) {
      for (std::uint32_t slot = 0; slot < slots; ++slot) {
        const std::uint32_t seq = next_seq(newest, slot, slots);
        EXPECT_GT(seq, newest);
        EXPECT_LE(seq - newest, slots);
        EXPECT_EQ(slot_of(seq, slots), slot);
      }
    }
  }
}

TEST(NextSeq, IsZeroWhen32BitsAreUsedUp) {
  EXPECT_EQ(next_seq(0xFFFFFFFD, 1, 2), 0xFFFFFFFEu);
  EXPECT_EQ(next_seq(0xFFFFFFFD, 0, 2), 0u) << "FFFFFFFF means empty";
  EXPECT_EQ(next_seq(0xFFFFFFFE, 1, 2), 0u);
}

TEST(OtaState, HasANameForEvents) {
  EXPECT_EQ(name(OtaState::new_image), "new");
  EXPECT_EQ(name(OtaState::pending_verify), "pending_verify");
  EXPECT_EQ(name(OtaState::valid), "valid");
  EXPECT_EQ(name(OtaState::invalid), "invalid");
  EXPECT_EQ(name(OtaState::aborted), "aborted");
  EXPECT_EQ(name(OtaState::undefined), "undefined");
  EXPECT_EQ(name(OtaState{7}), "unknown");
}

TEST(Otadata, EveryFlippedBitOfARecordIsSeenAndPutRight) {
  for (const std::uint32_t seq : {1u, 2u, 3u, 77u, 0x8000'0000u}) {
    const auto good = make_ota_record(seq, OtaState::valid);
    EXPECT_FALSE(parse_ota_record(good).damaged());
    for (const std::size_t at : {0u, 1u, 2u, 3u, 28u, 29u, 30u, 31u}) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        auto bytes = good;
        bytes[at] ^= static_cast<std::byte>(1u << bit);
        const OtaRecord record = parse_ota_record(bytes);
        EXPECT_TRUE(record.damaged()) << at << " " << bit;
        EXPECT_EQ(seq_before_damage(record), seq) << at << " " << bit;
      }
    }
  }
}

TEST(Otadata, AStateThatIsNoneIsDamage) {
  auto bytes = make_ota_record(2, OtaState::valid);
  bytes[24] ^= std::byte{0x40};
  const OtaRecord record = parse_ota_record(bytes);
  EXPECT_TRUE(record.damaged());
  EXPECT_EQ(seq_before_damage(record), 2u);
}

TEST(Otadata, ABlankRecordIsNotDamagedAndOneOfItsBitsChoseNothing) {
  std::array<std::byte, kOtaRecordBytes> bytes;
  bytes.fill(std::byte{0xFF});
  EXPECT_FALSE(parse_ota_record(bytes).damaged());
  bytes[2] ^= std::byte{0x10};
  EXPECT_TRUE(parse_ota_record(bytes).damaged());
  EXPECT_EQ(seq_before_damage(parse_ota_record(bytes)), std::nullopt);
}

}  // namespace
}  // namespace updraft::format
