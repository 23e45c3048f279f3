// A pre-encrypted image that was cut off starts over: its tag covers all of it. What the slot holds
// of it already is read, not written again; and nothing that an earlier update left is trusted.
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft {
namespace {

using format::Seal;
using Buffer = std::vector<std::byte>;

constexpr std::size_t kSize = 300 * 1024, kCut = 200 * 1024;
constexpr std::size_t kKept = kCut / kFlashBlock * kFlashBlock;  // the ledger counts whole blocks
constexpr int kPagesLeft = (kSize - kKept) / kFlashPage;

Buffer image(const char* version) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = kSize;
  demo.seed = static_cast<std::uint32_t>(version[0]);
  return sim::make_image(demo);
}

class SealedResume : public testing::TestWithParam<Seal> {
 protected:
  SealedResume() {
    policy.allow_unsigned(kWs);
    golden::hold_keys(keys);
  }
  static Buffer seal(const Buffer& content) { return golden::sealed(content, GetParam()); }

  // A start of the device: all it remembers is in flash.
  void restart() {
    updater.emplace(boot, &memory.emplace(journal_flash), policy, log, Stages{.unseal = &unseal});
    ASSERT_TRUE(updater->start(StartedBy::power).has_value());
    boot.slots[1].erased.clear();
    boot.slots[1].programs = 0;
  }
  void cut_off(const Buffer& payload) {
    restart();
    ASSERT_TRUE(updater->begin({.scheme = kWs, .size = payload.size()}).has_value());
    ASSERT_TRUE(updater->write(Bytes(payload).first(kCut)).has_value());
  }
  // After a restart, by a link that asks before each chunk what it need not send. Returns how much
  // it sent.
  std::size_t send(const Buffer& payload) {
    restart();
    std::size_t sent = 0;
    outcome = updater->begin({.scheme = kWs, .size = payload.size()});
    for (std::size_t at = 0; outcome && at < payload.size();) {
      const std::size_t size = std::min<std::size_t>(8192, payload.size() - at);
      outcome = updater->write(Bytes(payload).subspan(at, size));
      at += size;
      sent += size;
      if (!outcome || at == payload.size()) continue;
      const Result<std::uint64_t> next = updater->resume_at(at);
      if (next) at = static_cast<std::size_t>(*next);
      if (!next) outcome = next.error();
    }
    if (outcome) outcome = outcome_of(updater->finish());
    return sent;
  }
  bool installed(const Buffer& content) const {
    return outcome.has_value() && boot.selected == 1 &&
           std::equal(content.begin(), content.end(), boot.slots[1].bytes.begin());
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{6 * kFlashSector, std::byte{0xFF}};
  std::optional<UpdateMemory> memory;
  Policy policy;
  fakes::EventLog log;
  format::SealedKeys keys;
  pipeline::UnsealStage unseal{keys};
  std::optional<Updater> updater;
  Result<> outcome;
  const Buffer good = image("1.1.0"), other = image("2.0.0");
};

TEST_P(SealedResume, StartsOverAndWritesNothingTwice) {
  for (const bool again_the_same : {true, false}) {
    boot.slots[1] = fakes::RamFlash(boot.slots[1].size());
    const Buffer payload = seal(good);
    cut_off(payload);
    ASSERT_GT(boot.slots[1].programs, kPagesLeft);
    const Buffer second = again_the_same ? payload : seal(good);  // with another AES key
    EXPECT_EQ(send(second), second.size()) << "all of it is sent";
    EXPECT_TRUE(installed(good));
    EXPECT_LE(boot.slots[1].programs, kPagesLeft);
    for (const auto& erase : boot.slots[1].erased) {
      EXPECT_GE(erase.offset, kKept);
    }
  }
}

TEST_P(SealedResume, WhatAPlainOneLeftIsNotWrittenAgain) {
  cut_off(good);
  const Buffer payload = seal(good);
  EXPECT_EQ(send(payload), payload.size());
  EXPECT_TRUE(installed(good));
  EXPECT_LE(boot.slots[1].programs, kPagesLeft);
}

TEST_P(SealedResume, NothingOfItIsBelievedByAPlainOne) {
  cut_off(seal(other));
  EXPECT_EQ(send(good), good.size()) << "the slot holds another image";
  EXPECT_TRUE(installed(good));
  boot.selected.reset();
  cut_off(seal(good));
  (void)send(good);
  EXPECT_TRUE(installed(good)) << "the slot holds the same image";
}

// The ledger of a plain image, over whose sectors a sealed one was written.
TEST_P(SealedResume, AnOldRecordSaysNothingOfWhatASealedOneWrote) {
  cut_off(good);
  cut_off(seal(other));
  (void)send(good);
  EXPECT_TRUE(installed(good));
  boot.selected.reset();
  cut_off(good);
  const Buffer payload = seal(other);
  EXPECT_EQ(send(payload), payload.size());
  EXPECT_TRUE(installed(other));
}

// Damage that the first attempt left in the slot is found by comparing, tag or not.
TEST_P(SealedResume, WhatFadedInTheMeantimeIsWrittenAgain) {
  const Buffer payload = seal(good);
  cut_off(payload);
  boot.slots[1].bytes[70 * 1024] ^= std::byte{0x04};
  (void)send(payload);
  EXPECT_TRUE(installed(good));
}

INSTANTIATE_TEST_SUITE_P(Schemes, SealedResume, testing::Values(Seal::rsa, Seal::ecies),
                         [](const auto& row) { return std::string(format::name(row.param)); });

}  // namespace
}  // namespace updraft
