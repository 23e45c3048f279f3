// An update that was cut off goes on, and an image that is there already is only read.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/core/test_word.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

std::vector<std::byte> image(const char* version, std::size_t size = 300 * 1024) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  demo.seed = static_cast<std::uint32_t>(version[0]);
  return sim::make_image(demo);
}

class Resume : public testing::Test {
 protected:
  Resume() { policy.allow_unsigned(kWs); }

  static std::string code(const Result<>& result) { return word(result); }
  // A start of the device: all it remembers is in flash.
  void restart() {
    updater.emplace(boot, &memory.emplace(journal_flash), policy, log);
    ASSERT_TRUE(updater->start(StartedBy::power).has_value());
  }
  Result<> begin(const std::vector<std::byte>& payload) {
    return updater->begin({.scheme = kWs, .size = payload.size()});
  }
  // Sends from `at`; a link that seeks asks before each chunk. Returns how much it had to send.
  std::size_t send(const std::vector<std::byte>& payload, bool seeks, Result<>& outcome) {
    std::size_t sent = 0;
    outcome = begin(payload);
    for (std::size_t at = 0; outcome && at < payload.size();) {
      const Bytes chunk =
          Bytes(payload).subspan(at, std::min<std::size_t>(8192, payload.size() - at));
      outcome = updater->write(chunk);
      at += chunk.size();
      sent += chunk.size();
      if (!seeks || !outcome || at == payload.size()) continue;
      const Result<std::uint64_t> next = updater->resume_at(at);
      if (next) at = static_cast<std::size_t>(*next);
      if (!next) outcome = next.error();
    }
    if (outcome) outcome = outcome_of(updater->finish());
    return sent;
  }
  void cut_off(const std::vector<std::byte>& payload, std::size_t after) {
    restart();
    ASSERT_TRUE(begin(payload).has_value());
    ASSERT_TRUE(updater->write(Bytes(payload).first(after)).has_value());
    restart();
    boot.slots[1].erased.clear();
    boot.slots[1].programs = 0;
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{6 * kFlashSector, std::byte{0xFF}};
  std::optional<UpdateMemory> memory;
  Policy policy;
  fakes::EventLog log;
  std::optional<Updater> updater;
  std::vector<std::byte> good = image("1.1.0");
};

TEST_F(Resume, ALinkThatSeeksSendsOnlyTheRest) {
  cut_off(good, 200 * 1024);
  Result<> outcome;
  const std::size_t sent = send(good, true, outcome);
  EXPECT_EQ(code(outcome), "ok");
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(log.progress, good.size());
  EXPECT_EQ(sent, 8192 + good.size() - 192 * 1024);
  EXPECT_TRUE(std::equal(good.begin(), good.end(), boot.slots[1].bytes.begin()));
  EXPECT_LE(boot.slots[1].programs, static_cast<int>((good.size() - 192 * 1024) / kFlashPage + 1));
}

TEST_F(Resume, ALinkThatCannotSeekSendsAllAndLittleIsWritten) {
  cut_off(good, 200 * 1024);
  Result<> outcome;
  EXPECT_EQ(send(good, false, outcome), good.size());
  EXPECT_EQ(code(outcome), "ok");
  EXPECT_LE(boot.slots[1].programs, static_cast<int>((good.size() - 192 * 1024) / kFlashPage + 1));
}

TEST_F(Resume, AnotherPayloadBeginsAtTheBeginning) {
  cut_off(good, 200 * 1024);
  const auto other = image("2.0.0");
  Result<> outcome;
  EXPECT_EQ(send(other, true, outcome), other.size());
  EXPECT_EQ(code(outcome), "ok");
  cut_off(good, 200 * 1024);
  const auto longer = image("1.1.0", 301 * 1024);
  EXPECT_EQ(send(longer, true, outcome), longer.size()) << "the size is part of what it is";
}

// Another image with the same first sector and size: found at the end, and not resumed again.
TEST_F(Resume, APayloadThatOnlyBeginsAlikeIsSentWholeTheNextTime) {
  auto alike = good;
  alike[100 * 1024] ^= std::byte{0x40};
  sim::reseal_image(alike);
  cut_off(good, 200 * 1024);
  Result<> outcome;
  (void)send(alike, true, outcome);
  EXPECT_EQ(code(outcome), "image_mismatch");
  EXPECT_EQ(boot.selected, std::nullopt);
  EXPECT_EQ(send(alike, true, outcome), alike.size());
  EXPECT_EQ(code(outcome), "ok");
  EXPECT_TRUE(std::equal(alike.begin(), alike.end(), boot.slots[1].bytes.begin()));
}

TEST_F(Resume, WhatDoesNotReadAsRecordedIsSentAgain) {
  cut_off(good, 200 * 1024);
  boot.slots[1].bytes[70 * 1024] ^= std::byte{1};
  Result<> outcome;
  const std::size_t sent = send(good, true, outcome);
  EXPECT_EQ(code(outcome), "ok");
  EXPECT_EQ(sent, 8192 + good.size() - 68 * 1024);
  EXPECT_TRUE(std::equal(good.begin(), good.end(), boot.slots[1].bytes.begin()));
}

TEST_F(Resume, IsOnlyForPlainPayloadsOfKnownSize) {
  cut_off(good, 200 * 1024);
  ASSERT_TRUE(updater->begin({.scheme = kWs}).has_value());
  ASSERT_TRUE(updater->write(Bytes(good).first(8192)).has_value());
  EXPECT_EQ(updater->resume_at(8192), 8192u) << "a size was not offered";
  updater->abort({Code::aborted, Where::link});
  EXPECT_EQ(updater->resume_at(0), 0u) << "there is no session";
}

TEST_F(Resume, TheSameImageAgainIsOnlyRead) {
  restart();
  Result<> outcome;
  (void)send(good, false, outcome);
  ASSERT_EQ(code(outcome), "ok");
  restart();
  boot.slots[1].erased.clear();
  boot.slots[1].programs = 0;
  (void)send(good, false, outcome);
  EXPECT_EQ(code(outcome), "ok");
  EXPECT_EQ(boot.slots[1].programs, 0);
  EXPECT_THAT(boot.slots[1].erased, testing::IsEmpty());
}

// Security row 33, also if nothing is written: the digest is over what finish() reads.
TEST_F(Resume, AFlipBeforeTheEndIsNoticedThoughNothingWasWritten) {
  restart();
  Result<> outcome;
  (void)send(good, false, outcome);
  ASSERT_EQ(code(outcome), "ok");
  for (const std::size_t at : {0ul, 5'000ul, 100'000ul, good.size() - 1}) {
    restart();
    boot.selected.reset();
    ASSERT_TRUE(begin(good).has_value());
    ASSERT_TRUE(updater->write(good).has_value());
    boot.slots[1].bytes[at] ^= std::byte{1};
    EXPECT_EQ(code(outcome_of(updater->finish())), "image_mismatch") << at;
    EXPECT_EQ(boot.selected, std::nullopt);
    (void)send(good, false, outcome);
    EXPECT_EQ(code(outcome), "ok") << "sent again, it is put right";
    EXPECT_TRUE(std::equal(good.begin(), good.end(), boot.slots[1].bytes.begin()));
  }
}

}  // namespace
}  // namespace updraft
