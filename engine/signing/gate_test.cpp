// The second table of spec/security.md section 2, and what changes a KeySet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/format/crc32.hpp"
#include "engine/signing/test_signed_bench.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;

class SignedGate : public testing::Test, protected SignedBench {
 protected:
  Buffer set_1 = desk.key_set(1, desk.release_key);
  Buffer set_2 = desk.key_set(2, desk.next_key);
  Buffer image = demo_image("2.0.0");
};

TEST_F(SignedGate, EachClassByKeySetAndArming) {
  struct Row {
    bool key_set, armed;
    const char *package, *proved, *allowed, *otherwise;
  };
  constexpr Row kRows[] = {
      {false, false, "unsigned", "ok", "ok", "unsigned"},
      {false, true, "unsigned", "ok", "ok", "unsigned"},
      {true, false, "ok", "not_armed", "not_armed", "unsigned"},
      {true, true, "ok", "ok", "ok", "unsigned"},
  };
  const Buffer package = desk.package(image, {.sequence = 7});
  for (const Row& row : kRows) {
    SCOPED_TRACE(std::string(row.key_set ? "with" : "without") + (row.armed ? ", armed" : ""));
    const auto outcome = [&](Bytes payload, const Offer& offer, bool allowed) {
      SignedBench bench;
      if (allowed) bench.policy.allow_unsigned(kRaw);
      bench.start(row.key_set ? Bytes(set_1) : Bytes());
      if (row.armed) bench.signing->arm();
      const std::string code = bench.send(payload, 1460, offer);
      EXPECT_EQ(bench.untouched(), code != "ok");
      return code;
    };
    EXPECT_EQ(outcome(package, {}, false), row.package);
    EXPECT_EQ(outcome(image, {.sender_proved = true}, false), row.proved);
    EXPECT_EQ(outcome(image, {}, true), row.allowed);
    EXPECT_EQ(outcome(image, {}, false), row.otherwise);
    if (!row.key_set) {
      EXPECT_EQ(outcome(package, {}, true), "keyset_missing");
      EXPECT_EQ(outcome(set_1, {}, true), "keyset_missing") << "not over the network";
      EXPECT_EQ(outcome(set_1, {.sender_proved = true}, false), "keyset_missing") << "nor by login";
    }
  }
}

// A size over the slot is begun only where it may be that of a package, and erases nothing before
// it is known to be one.
TEST_F(SignedGate, ASizeOverTheSlotIsThatOfAPackageAlone) {
  const std::uint64_t slot = boot.slots[1].size();
  std::array<pipeline::InflateStage, 1> inflaters;
  Buffer packed(64, std::byte{0});
  packed[0] = std::byte{0x1F};
  packed[1] = std::byte{0x8B};
  packed[2] = std::byte{8};
  const Buffer package = desk.package(image, {.sequence = 7});
  struct Row {
    const char* why;
    Bytes payload;
    bool key_set;
    std::uint64_t size;
    const char *begun, *ended;
  };
  const Row rows[] = {
      {"no KeySet", image, false, slot + 1, "too_big", "too_big"},
      {"no KeySet, and it fits", image, false, slot, "ok", "ok"},
      {"an image", image, true, slot + 1, "ok", "too_big"},
      {"an image that fits", image, true, slot, "ok", "ok"},
      {"compressed", packed, true, slot + 1, "ok", "too_big"},
      {"a package", package, true, slot + 1, "ok", "ok"},
      {"the largest package", package, true, slot + kPackageOverhead, "ok", "ok"},
      {"larger than any package", package, true, slot + kPackageOverhead + 1, "too_big", "too_big"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    SignedBench bench;
    bench.policy.allow_unsigned(kRaw);
    bench.stages.inflaters = inflaters;
    bench.start(row.key_set ? Bytes(set_1) : Bytes());
    bench.signing->arm();
    EXPECT_EQ(word(bench.updater->welcome({.scheme = kRaw, .size = row.size})), row.begun);
    EXPECT_EQ(bench.send(row.payload, 1460, {.size = row.size}), row.ended);
    EXPECT_EQ(bench.untouched(), row.ended != std::string_view("ok"));
  }
}

TEST_F(SignedGate, WhoMayInstallNothingUnsignedSteersNothing) {
  policy.allow_unsigned(kRaw);
  start(set_1);
  EXPECT_EQ(word(updater->may_restart(kRaw)), "not_armed");
  EXPECT_EQ(word(updater->may_decide(kRaw)), "not_armed");
  EXPECT_EQ(best_unproven_trust(policy, kRaw), Trust::signed_image);
  signing->arm();
  EXPECT_EQ(word(updater->may_restart(kRaw)), "ok");
  EXPECT_EQ(best_unproven_trust(policy, kRaw), Trust::unsigned_image);
  signing->disarm();
  EXPECT_EQ(word(updater->may_restart(kRaw)), "not_armed");
  signing->arm();
  start();
  EXPECT_EQ(word(updater->may_restart(kRaw)), "not_armed") << "a restart disarms";
}

TEST_F(SignedGate, TheNextKeySetTakesThePlaceOfTheFirst) {
  start(set_1);
  const Buffer old_release = desk.package(image, {.sequence = 7});
  EXPECT_EQ(send(set_2, 100), "current");
  EXPECT_THAT(log.ended, ElementsAre("key_set:2", "current"));
  EXPECT_TRUE(untouched());
  EXPECT_EQ(signing->key_set_version(), 2u);
  EXPECT_EQ(send(old_release), "key_unknown") << "at once";
  start(set_1);
  EXPECT_EQ(signing->key_set_version(), 2u) << "an older one that was compiled in is ignored";
  EXPECT_EQ(send(old_release), "key_unknown");
  EXPECT_EQ(send(set_2), "current") << "the same again is nothing to do";
  EXPECT_EQ(send(set_1), "keyset_version");
  EXPECT_EQ(send(desk.package(image, {.sequence = 7, .key = &desk.next_key})), "ok");
}

TEST_F(SignedGate, AKeySetIsPaddedByItsLinkAlone) {
  start(set_1);
  Buffer padded = set_2;
  padded.resize(8000);
  EXPECT_EQ(send(padded), "envelope_too_large");
  padded.resize(set_2.size() + 1);
  EXPECT_EQ(send(padded), "malformed");
  padded.resize(8000);
  EXPECT_EQ(send(padded, 8000, {.padding = 8000}), "current");
  EXPECT_EQ(signing->key_set_version(), 2u);
}

TEST_F(SignedGate, NoFlippedBitOrPrefixOfAKeySetIsTaken) {
  start(set_1);
  for (std::size_t at = 0; at < set_2.size(); ++at) {
    ASSERT_NE(send(Bytes(set_2).first(at)), "current") << at;
    for (int bit = 0; bit < 8; ++bit) {
      Buffer bad = set_2;
      bad[at] ^= static_cast<std::byte>(1 << bit);
      ASSERT_NE(send(bad), "current") << at;
    }
  }
  EXPECT_EQ(signing->key_set_version(), 1u);
  EXPECT_EQ(send(set_2), "current");
}

TEST_F(SignedGate, AFloorHoldsFromTheMomentOfStoring) {
  start(set_1);
  const Buffer floors = desk.key_set(2, desk.release_key, {{desk.product.class_id, 50}});
  EXPECT_EQ(send(floors), "current");
  EXPECT_EQ(send(desk.package(image, {.sequence = 49})), "sequence_floor");
  EXPECT_EQ(send(desk.package(image, {.sequence = 50})), "ok");
}

TEST_F(SignedGate, ACompiledInKeySetIsTakenOnceItsAppIsConfirmed) {
  start(set_1);
  boot.state = OtaState::pending_verify;
  start(set_2);
  EXPECT_EQ(signing->key_set_version(), 1u);
  ASSERT_EQ(word(updater->confirm()), "ok");
  EXPECT_EQ(signing->key_set_version(), 2u);
}

TEST_F(SignedGate, NoKeySetThatNobodySignedIsHeld) {
  host::KeySetSpec spec;
  spec.root = {{desk.root.point()}, 1};
  spec.release = {{desk.release_key.point()}, 1};
  start(host::make_key_set(spec));
  EXPECT_EQ(opened, "unsigned");
  EXPECT_EQ(signing->stand(), Stand::open);
  Buffer forged = set_1;
  forged.back() ^= std::byte{1};
  start(forged);
  EXPECT_EQ(opened, "signature_invalid");
}

// Security row 27: a record that rots is not believed, the other one is, with the same KeySet.
TEST_F(SignedGate, ADamagedRecordGivesWayToTheOther) {
  start(set_1);
  ASSERT_EQ(send(set_2), "current");
  for (std::uint32_t sector = 0; sector < 2; ++sector) {
    const Buffer whole = signing_flash.bytes;
    signing_flash.bytes[sector * kFlashSector + 300] ^= std::byte{4};
    start();
    EXPECT_EQ(signing->key_set_version(), 2u);
    EXPECT_EQ(signing->stand(), Stand::closed);
    signing_flash.bytes = whole;
  }
}

TEST_F(SignedGate, ANewerLayoutIsLeftAloneAndNothingUnsignedComesIn) {
  policy.allow_unsigned(kRaw);
  start(set_1);
  for (std::uint32_t sector = 0; sector < 2; ++sector) {
    const MutableBytes record = MutableBytes(signing_flash.bytes).subspan(sector * kFlashSector);
    if (record[0] != std::byte{'U'}) continue;
    record[2] = std::byte{2};
    format::end_in_crc(record.first(162 + set_1.size() + 4));
  }
  const Buffer before = signing_flash.bytes;
  start(set_2);
  EXPECT_EQ(send(image), "not_armed");
  EXPECT_EQ(send(desk.package(image, {.sequence = 7})), "keyset_missing");
  EXPECT_EQ(signing_flash.bytes, before);
}

}  // namespace
}  // namespace updraft
