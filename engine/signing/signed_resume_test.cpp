// A package that was cut off, over a link that can choose what comes next: what the slot holds
// verifiably is not sent again.
#include <gtest/gtest.h>

#include "engine/codec/deflated_samples.hpp"
#include "engine/signing/test_signed_bench.hpp"

namespace updraft {
namespace {

constexpr std::size_t kChunk = 8192;  // of a link that asks before each

class SignedResume : public testing::Test, protected SignedBench {
 protected:
  SignedResume() { start(desk.key_set(1, desk.release_key)); }

  // Sends as long as the device asks, at most so many bytes; returns how many were sent.
  std::size_t send_what_is_asked(Bytes payload, std::size_t most = SIZE_MAX) {
    std::size_t sent = 0;
    outcome = updater->begin({.scheme = kWs, .size = payload.size()});
    for (std::size_t at = 0; outcome && at < payload.size() && sent < most;) {
      const Bytes chunk = at_most(payload.subspan(at), kChunk);
      outcome = updater->write(chunk);
      at += chunk.size();
      sent += chunk.size();
      if (!outcome || at == payload.size()) continue;
      const Result<std::uint64_t> next = updater->resume_at(at);
      outcome = outcome_of(next);
      at = static_cast<std::size_t>(next.value_or(at));
    }
    if (outcome && sent < most) outcome = outcome_of(updater->finish());
    return sent;
  }
  // So many bytes arrived, then the power went away.
  void cut_off(Bytes payload, std::size_t sent) {
    (void)send_what_is_asked(payload, sent);
    start();
    boot.slots[1].programs = 0;
  }

  Buffer image = demo_image("2.0.0", 300 * 1024);
  Buffer package = desk.package(image, {.sequence = 7});
  Result<> outcome;
};

TEST_F(SignedResume, SendsOnlyWhatIsMissing) {
  for (const std::size_t size : {std::size_t{300 * 1024}, std::size_t{1300 * 1024}}) {
    SCOPED_TRACE(size);
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    const Buffer next = demo_image("2.0.0", size);
    const Buffer whole = desk.package(next, {.sequence = 7});
    cut_off(whole, 200 * 1024);
    const std::size_t sent = send_what_is_asked(whole);
    EXPECT_EQ(word(outcome), "ok");
    EXPECT_TRUE(holds(next));
    const std::size_t arrived = 200 * 1024 - (whole.size() - next.size());  // of the image
    // Beside a parked index the block that was being written is doubtful, and erased as a whole.
    const std::size_t doubtful = size > 1024 * 1024 ? kFlashBlock : 0;
    EXPECT_LE(sent, whole.size() - arrived + doubtful + 3 * kChunk);
    start();
    boot.selected.reset();
  }
}

TEST_F(SignedResume, NothingIsMissingWhereTheSlotHasItAll) {
  (void)send_what_is_asked(package);
  ASSERT_EQ(word(outcome), "ok");
  start();
  boot.slots[1].programs = 0;
  EXPECT_LE(send_what_is_asked(package), 2 * kChunk);
  EXPECT_EQ(word(outcome), "ok");
  EXPECT_EQ(boot.slots[1].programs, 0);
  EXPECT_EQ(boot.selected, 1);
}

// Whatever stands there: only what has its digest in the index is taken for a chunk.
TEST_F(SignedResume, WhatRottedIsSentAgain) {
  cut_off(package, 250 * 1024);
  for (const std::size_t at : {50'000u, 90'000u, 200'000u}) boot.slots[1].bytes[at] ^= std::byte{4};
  const std::size_t sent = send_what_is_asked(package);
  EXPECT_EQ(word(outcome), "ok");
  EXPECT_TRUE(holds(image));
  EXPECT_LT(sent, package.size() / 2) << "what is between is not, but for what is erased with it";
}

TEST_F(SignedResume, AnotherPackageIsSentWhole) {
  cut_off(package, 250 * 1024);
  const Buffer other = demo_image("3.0.0", 300 * 1024);
  Buffer changed = other;
  for (std::size_t at = 2000; at < changed.size() - 40; at += 4096) changed[at] ^= std::byte{8};
  sim::reseal_image(changed);
  const Buffer next = desk.package(changed, {.sequence = 8});
  EXPECT_EQ(send_what_is_asked(next), next.size());
  EXPECT_EQ(word(outcome), "ok");
  EXPECT_TRUE(holds(changed));
}

TEST_F(SignedResume, WithoutAnIndexAllIsSent) {
  const Buffer bare = desk.package(image, {.sequence = 7, .index = false});
  cut_off(bare, 250 * 1024);
  EXPECT_EQ(send_what_is_asked(bare), bare.size());
  EXPECT_EQ(word(outcome), "ok");
}

// Over a link that has no word for "from here on" all of it comes, and each chunk is judged again;
// what the slot has is neither erased nor written, also of an image that came compressed.
TEST_F(SignedResume, WhatCannotBePassedOverIsNotWrittenAgain) {
  std::array<pipeline::InflateStage, 1> inflaters;
  stages.inflaters = inflaters;
  const Buffer packed = samples::deflated(image, samples::Wrapping::gzip);
  for (const Bytes transfer : {Bytes(image), Bytes(packed)}) {
    SCOPED_TRACE(transfer.size());
    const Buffer whole = desk.package(image, {.sequence = 7, .transfer = transfer});
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    start();
    boot.slots[1].programs = 0;
    ASSERT_TRUE(updater->begin({.scheme = kRaw, .size = whole.size()}).has_value());
    ASSERT_TRUE(updater->write(Bytes(whole).first(whole.size() * 3 / 4)).has_value());
    const int before = boot.slots[1].programs;
    start();  // the power went away
    boot.slots[1].programs = 0;
    EXPECT_EQ(send(whole), "ok");
    EXPECT_TRUE(holds(image));
    const int all = static_cast<int>(image.size() / kFlashPage);
    constexpr int kDoubtful = kFlashBlock / kFlashPage;  // what was being written
    EXPECT_GT(before, all / 2);
    EXPECT_LE(before + boot.slots[1].programs, all + kDoubtful + 1);
  }
}

// The flash changes between the look at a chunk and the end.
TEST_F(SignedResume, AFlipAfterTheLookIsNoticed) {
  (void)send_what_is_asked(package);
  ASSERT_EQ(word(outcome), "ok");
  start();
  boot.selected.reset();
  ASSERT_TRUE(updater->begin({.scheme = kWs, .size = package.size()}).has_value());
  ASSERT_TRUE(updater->write(Bytes(package).first(2 * kChunk)).has_value());
  ASSERT_EQ(updater->resume_at(2 * kChunk), package.size());
  boot.slots[1].bytes[100'000] ^= std::byte{1};
  EXPECT_EQ(word(outcome_of(updater->finish())), "image_mismatch");
  EXPECT_FALSE(boot.selected);
}

// An image that its own hash refuses: found while it is taken from the slot, told at the next call.
TEST_F(SignedResume, WhatIsTakenIsJudgedLikeWhatComes) {
  Buffer bad = image;
  bad[bad.size() - 1] ^= std::byte{1};  // of the appended SHA-256
  const Buffer next = desk.package(bad, {.sequence = 7});
  (void)send_what_is_asked(next);
  ASSERT_EQ(word(outcome), "bad_hash");
  start();
  (void)send_what_is_asked(next);
  EXPECT_EQ(word(outcome), "bad_hash");
  EXPECT_FALSE(boot.selected);
}

}  // namespace
}  // namespace updraft
