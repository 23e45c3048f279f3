// An update by patch that was cut off goes on at the last restart point whose bytes are in the slot
// (docs/decisions/0019-delta-resume.md).
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/codec/deflated_samples.hpp"
#include "engine/core/test_word.hpp"
#include "engine/pipeline/patch_stage.hpp"
#include "host/delta/diff.hpp"
#include "sim/demo_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"
#include "tests/golden/test_keys.hpp"

namespace updraft {
namespace {

using Buffer = std::vector<std::byte>;
constexpr std::size_t kChunk = 500;  // of the link
constexpr std::uint32_t kPart = 64 * 1024;

// `base` with new bytes everywhere, from `from` on: if from the start, with another hash of the ELF
// file in its head.
Buffer changed(Buffer image, unsigned seed, std::size_t from = 0) {
  std::mt19937 random(seed);
  if (from == 0) store_le32(image, format::kAppDescriptorOffset + 144, seed);
  for (std::size_t at = from + 10'000; at + 500 < image.size(); at += 16 * 1024) {
    for (std::size_t i = 0; i < 500; ++i) {
      image[at + i] = static_cast<std::byte>(random() & 255u);
    }
  }
  sim::reseal_image(image);
  return image;
}

Buffer patch_of(const Buffer& from, const Buffer& to, std::uint32_t restart = kPart) {
  return diff::make_patch(from, to, {.restart = restart, .progress = {}}).bytes;
}

class PatchResume : public testing::Test {
 protected:
  PatchResume() {
    policy.allow_unsigned(kWs);
    put_base(base);
    golden::hold_keys(keys);
  }
  void put_base(Bytes image) { std::ranges::copy(image, boot.slots[0].bytes.begin()); }
  void restart() {
    updater.emplace(boot, &memory.emplace(journal_flash), policy, log,
                    Stages{.inflaters = inflaters, .unseal = &unseal, .patch = &stage});
    ASSERT_TRUE(updater->start(StartedBy::power).has_value());
    boot.slots[1].erased.clear();
    boot.slots[1].programs = 0;
  }
  Result<> begin(Bytes payload) { return updater->begin({.scheme = kWs, .size = payload.size()}); }
  // All of it; a link that seeks asks after each chunk. `sent`: what it had to send.
  std::string send(Bytes payload, bool seeks = true) {
    sent = 0;
    if (const Result<> begun = begin(payload); !begun) return code(begun);
    for (std::size_t at = 0; at < payload.size();) {
      const Bytes chunk = payload.subspan(at, std::min(kChunk, payload.size() - at));
      if (const Result<> written = updater->write(chunk); !written) return code(written);
      at += chunk.size();
      sent += chunk.size();
      if (!seeks || at == payload.size()) continue;
      const Result<std::uint64_t> next = updater->resume_at(at);
      if (!next) return std::string(name(next.error().code));
      EXPECT_GE(*next, at);
      EXPECT_LE(*next, payload.size());
      at = static_cast<std::size_t>(*next);
    }
    return code(outcome_of(updater->finish()));
  }
  // So much of it arrives, then the power goes away.
  void cut_off(Bytes payload, std::size_t after) {
    std::ranges::fill(boot.slots[1].bytes, std::byte{0xFF});
    std::ranges::fill(journal_flash.bytes, std::byte{0xFF});
    boot.selected.reset();
    restart();
    ASSERT_TRUE(begin(payload).has_value());
    ASSERT_TRUE(updater->write(payload.first(after)).has_value());
    restart();
  }
  static std::string code(const Result<>& result) { return word(result); }
  bool installed(const Buffer& image) const {
    return boot.selected == 1 &&
           std::ranges::equal(image, Bytes(boot.slots[1].bytes).first(image.size()));
  }

  Buffer base = sim::make_image({.size = 300 * 1024});
  Buffer target = changed(base, 1);
  Buffer patch = patch_of(base, target);
  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{6 * kFlashSector, std::byte{0xFF}};
  std::optional<UpdateMemory> memory;
  Policy policy;
  fakes::EventLog log;
  format::SealedKeys keys;
  pipeline::UnsealStage unseal{keys};
  std::array<pipeline::InflateStage, 1> inflaters;
  pipeline::PatchStage stage;
  std::optional<Updater> updater;
  std::size_t sent = 0;
};

TEST_F(PatchResume, ALinkThatSeeksSendsOnlyTheRest) {
  const std::size_t late = patch.size() * 7 / 8;
  cut_off(patch, late);
  EXPECT_EQ(send(patch), "ok");
  EXPECT_TRUE(installed(target));
  EXPECT_EQ(log.progress, patch.size());
  EXPECT_LT(sent, patch.size() / 2);
  EXPECT_LE(boot.slots[1].programs, static_cast<int>((target.size() - 192 * 1024) / kFlashPage + 1))
      << "what was there is not written again";
}

TEST_F(PatchResume, ALinkThatCannotSeekSendsAllAndLittleIsWritten) {
  cut_off(patch, patch.size() * 7 / 8);
  EXPECT_EQ(send(patch, false), "ok");
  EXPECT_TRUE(installed(target));
  EXPECT_EQ(sent, patch.size());
  EXPECT_LE(boot.slots[1].programs,
            static_cast<int>((target.size() - 192 * 1024) / kFlashPage + 1));
}

TEST_F(PatchResume, WhereverItWasCut) {
  std::size_t least = patch.size();
  for (std::size_t cut = 0; cut <= patch.size(); cut += kChunk) {
    cut_off(patch, cut);
    ASSERT_EQ(send(patch), "ok") << cut;
    ASSERT_TRUE(installed(target)) << cut;
    ASSERT_LE(sent, least) << "the later it was cut, the less is sent";
    least = sent;
  }
  EXPECT_LT(least, patch.size() / 2);
}

TEST_F(PatchResume, AndCutAgainAndAgain) {
  cut_off(patch, patch.size() / 2);
  for (std::size_t cut = patch.size() / 2; cut < patch.size(); cut += 2 * kChunk) {
    ASSERT_TRUE(begin(patch).has_value());
    std::size_t at = 0;
    while (at < cut) {
      const Bytes chunk = Bytes(patch).subspan(at, std::min(kChunk, patch.size() - at));
      ASSERT_TRUE(updater->write(chunk));
      const auto next = updater->resume_at(at + chunk.size());
      ASSERT_TRUE(next.has_value());
      at = static_cast<std::size_t>(*next);
    }
    restart();
  }
  EXPECT_EQ(send(patch), "ok");
  EXPECT_TRUE(installed(target));
}

TEST_F(PatchResume, WithoutRestartPointsItIsSentWhole) {
  const Buffer whole = patch_of(base, target, 0);
  cut_off(whole, whole.size() * 7 / 8);
  EXPECT_EQ(send(whole), "ok");
  EXPECT_TRUE(installed(target));
  EXPECT_EQ(sent, whole.size());
}

TEST_F(PatchResume, AnotherTargetBeginsAtTheBeginning) {
  const Buffer other = sim::make_image({.version = "9.9.9", .size = 300 * 1024});
  const Buffer other_patch = patch_of(base, changed(other, 3));
  cut_off(patch, patch.size() * 7 / 8);
  EXPECT_EQ(send(other_patch), "ok");
  EXPECT_EQ(sent, other_patch.size());
  EXPECT_TRUE(installed(changed(other, 3)));
}

// Another image with the same first sector and size: found at the end, and not resumed again.
TEST_F(PatchResume, ATargetThatOnlyBeginsAlikeIsMadeWholeTheNextTime) {
  const Buffer alike = changed(target, 7, 40'000);
  const Buffer alike_patch = patch_of(base, alike);
  cut_off(patch, patch.size() * 7 / 8);
  EXPECT_EQ(send(alike_patch), "image_mismatch");
  EXPECT_EQ(boot.selected, std::nullopt);
  EXPECT_EQ(send(alike_patch), "ok");
  EXPECT_EQ(sent, alike_patch.size());
  EXPECT_TRUE(installed(alike));
}

TEST_F(PatchResume, WhatDoesNotReadAsRecordedIsMadeAgain) {
  for (const std::size_t at : {3'000u, 70'000u, 130'000u}) {
    cut_off(patch, patch.size() * 7 / 8);
    boot.slots[1].bytes[at] ^= std::byte{1};
    EXPECT_EQ(send(patch), "ok") << at;
    EXPECT_TRUE(installed(target)) << at;
  }
}

TEST_F(PatchResume, ABaseThatChangedIsRefusedAndNothingIsErased) {
  Buffer damaged = base;
  damaged[123'456] ^= std::byte{1};
  for (const Buffer& now : {changed(base, 5), damaged, Buffer(base.size(), std::byte{0xFF})}) {
    put_base(base);
    cut_off(patch, patch.size() * 7 / 8);
    put_base(now);
    EXPECT_EQ(send(patch), "wrong_base");
    EXPECT_EQ(boot.selected, std::nullopt);
    EXPECT_THAT(boot.slots[1].erased, testing::IsEmpty());
    EXPECT_EQ(boot.slots[1].programs, 0);
  }
  put_base(base);
  EXPECT_EQ(send(patch), "ok") << "and with its base it goes on";
  EXPECT_LT(sent, patch.size() / 2);
}

// The length of a chunk decides where the next chunk begins.
TEST_F(PatchResume, WrongLengthsOfPassedChunksAreNeverAnUpdate) {
  std::size_t head = delta::kHeaderBytes;
  for (int chunk = 0; chunk < 3; ++chunk) {
    for (unsigned bit = 0; bit < 24; ++bit) {
      Buffer damaged = patch;
      damaged[head + bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
      cut_off(patch, patch.size() * 7 / 8);
      EXPECT_NE(send(damaged), "ok") << chunk << " " << bit;
      EXPECT_EQ(boot.selected, std::nullopt);
      EXPECT_EQ(send(patch), "ok") << "the right one works";
      EXPECT_TRUE(installed(target));
    }
    head += 3 + load_le16(patch, head) + (load_u8(patch, head + 2) << 16);
  }
}

// A compressed stream and the tag of a container need every byte, so all of a wrapped patch is
// sent; but what the slot holds is not made a second time.
TEST_F(PatchResume, InsideAWrapperItGoesOnToo) {
  const Buffer zipped = samples::deflated(patch, samples::Wrapping::gzip);
  const Buffer sealed = golden::sealed(patch, format::Seal::ecies);
  for (const Buffer& payload : {zipped, sealed}) {
    for (const bool seeks : {true, false}) {
      cut_off(payload, payload.size() * 7 / 8);
      boot.slots[0].bytes_read = 0;
      EXPECT_EQ(send(payload, seeks), "ok");
      EXPECT_TRUE(installed(target));
      EXPECT_EQ(sent, payload.size());
      const std::size_t to_make = boot.slots[0].bytes_read - base.size();  // it is hashed first
      if (seeks) {
        EXPECT_LT(to_make, target.size() / 2);
      }
    }
  }
}

TEST_F(PatchResume, TheImageItselfGoesOnWhereAPatchWasCut) {
  cut_off(patch, patch.size() * 7 / 8);
  sent = 0;
  ASSERT_TRUE(begin(target).has_value());
  ASSERT_TRUE(updater->write(Bytes(target).first(8192)));
  const Result<std::uint64_t> next = updater->resume_at(8192);
  ASSERT_TRUE(next.has_value());
  EXPECT_GE(*next, 192u * 1024);
  ASSERT_TRUE(updater->write(Bytes(target).subspan(static_cast<std::size_t>(*next))));
  EXPECT_EQ(code(outcome_of(updater->finish())), "ok");
  EXPECT_TRUE(installed(target));
}

}  // namespace
}  // namespace updraft
