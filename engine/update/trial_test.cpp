#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "updraft/updater.hpp"

#include "engine/update/test_updater_bench.hpp"
#include "sim/demo_image.hpp"
#include "sim/raw_image.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// An image on trial, installed in slot 1, and back in slot 0 after a start of this kind.
class Trial : public UpdaterBench {
 protected:
  struct Outcome {
    OtaState state;
    StartedBy cause;
  };
  void lose(const std::vector<std::byte>& image, const Outcome& how) {
    Updater before{boot, &memory, policy, log};
    ASSERT_TRUE(before.start(StartedBy::power).has_value());
    ASSERT_TRUE(before.begin({.scheme = kRaw}).has_value());
    ASSERT_TRUE(before.write(image).has_value());
    ASSERT_TRUE(before.finish().has_value());
    boot.rejected = 1;
    boot.rejected_state = how.state;
    log.ended.clear();
    Updater after{boot, &memory, policy, log};
    ASSERT_TRUE(after.start(how.cause).has_value());
  }
  std::string offer(const std::vector<std::byte>& image, UpdateMemory* known) {
    Updater fresh{boot, known, policy, log};
    (void)fresh.start(StartedBy::power);
    if (const auto begun = fresh.begin({.scheme = kRaw}); !begun) return word(begun);
    if (const auto written = fresh.write(image); !written) return word(written);
    return word(fresh.finish());
  }
  std::vector<std::byte> bad = image("6.6.6");
};

TEST_F(Trial, LostByAResetIsRefusedFromThenOn) {
  lose(bad, {OtaState::aborted, StartedBy::reset});
  EXPECT_THAT(log.ended, ElementsAre("remembered:failed"));
  EXPECT_EQ(offer(bad, &memory), "known_bad");
  EXPECT_EQ(offer(image("1.1.0"), &memory), "ok") << "another one is welcome";
  EXPECT_EQ(offer(bad, &memory), "known_bad") << "also when its slot holds something else";
}

TEST_F(Trial, GivenUpByTheAppIsRefusedWhateverCameThen) {
  lose(bad, {OtaState::invalid, StartedBy::power});
  EXPECT_EQ(offer(bad, &memory), "known_bad");
}

TEST_F(Trial, LostToAPowerCutMayTryAgainButNotForEver) {
  for (std::size_t n = 0; n < kExcusedTrials; ++n) {
    lose(bad, {OtaState::aborted, StartedBy::power});
    EXPECT_THAT(log.ended, IsEmpty());
    EXPECT_FALSE(HasFatalFailure());
  }
  lose(bad, {OtaState::aborted, StartedBy::power});
  EXPECT_THAT(log.ended, ElementsAre("remembered:failed"));
  EXPECT_EQ(offer(bad, &memory), "known_bad");
}

TEST_F(Trial, AnOldRejectionIsNotJudgedAgain) {
  lose(bad, {OtaState::aborted, StartedBy::power});
  Updater later{boot, &memory, policy, log};
  ASSERT_TRUE(later.start(StartedBy::reset).has_value());  // the running app crashed, not this one
  EXPECT_EQ(offer(bad, &memory), "ok");
}

TEST_F(Trial, MayBeRepeatedWhenAskedByName) {
  lose(bad, {OtaState::aborted, StartedBy::reset});
  const ImageName asked = image_name(crypto::sha256(Bytes(bad).first(bad.size() - 32)));
  policy.retry = std::span(&asked, 1);
  EXPECT_EQ(offer(bad, &memory), "ok");
}

TEST_F(Trial, WithoutAJournalTheSlotIsTheMemory) {
  std::copy(bad.begin(), bad.end(), boot.slots[1].bytes.begin());
  boot.rejected = 1;
  boot.rejected_state = OtaState::invalid;
  EXPECT_EQ(offer(bad, nullptr), "known_bad");
}

// The trial is noted before the slot is chosen. If the power goes away between the two, what
// otadata still says of the slot is about another image.
TEST_F(Trial, ThatNeverBeganIsNotLost) {
  for (const OtaState old : {OtaState::invalid, OtaState::aborted}) {
    for (const StartedBy cause : {StartedBy::power, StartedBy::reset}) {
      fakes::FakeBootControl fresh;
      fakes::RamFlash flash{8192, std::byte{0xFF}};
      UpdateMemory kept{flash};
      fresh.rejected = 1;
      fresh.rejected_state = old;
      Updater before{fresh, &kept, policy, log};
      ASSERT_TRUE(before.start(StartedBy::power).has_value());
      fresh.select_result = fail(Code::flash, Where::otadata);  // the power is away
      ASSERT_EQ(word(send_in_pieces(before, bad, 4096, {.scheme = kRaw})), "flash");
      fresh.select_result = {};
      Updater after{fresh, &kept, policy, log};
      ASSERT_TRUE(after.start(cause).has_value());
      EXPECT_EQ(word(send_in_pieces(after, bad, 4096, {.scheme = kRaw})), "ok");
    }
  }
}

// What a person wanted is no fault of the image; and a puller must not bring it back by itself.
class WentBack : public Trial {
 protected:
  void go_back() {
    ASSERT_TRUE(updater.start(StartedBy::power).has_value());
    ASSERT_EQ(word(send(bad)), "ok");
    boot.run = 1;
    boot.state = OtaState::pending_verify;
    log.ended.clear();
    Updater tried{boot, &memory, policy, log};
    ASSERT_TRUE(tried.start(StartedBy::reset).has_value());
    ASSERT_EQ(word(tried.roll_back(RolledBack::went_back)), "ok");
    boot.run = 0;
    boot.state = OtaState::valid;
    boot.rejected = 1;
    boot.rejected_state = OtaState::invalid;
    boot.slots[1].erased.clear();
  }
  ImageName its_name() { return image_name(crypto::sha256(Bytes(bad).first(bad.size() - 32))); }
};

TEST_F(WentBack, IsRememberedWithItsReason) {
  ASSERT_NO_FATAL_FAILURE(go_back());
  EXPECT_THAT(log.ended, ElementsAre("remembered:went_back"));
  Updater after{boot, &memory, policy, log};
  ASSERT_TRUE(after.start(StartedBy::reset).has_value());
  EXPECT_THAT(log.ended, ElementsAre("remembered:went_back")) << "and is not judged again";
  std::array<Remembered, kRememberedImages> known;
  ASSERT_EQ(after.remembered(known), 1u);
  EXPECT_EQ(image_name(known[0].image), its_name());
  EXPECT_EQ(known[0].why, RolledBack::went_back);
  const Result<Taken> again = send_in_pieces(after, bad, 4096, {.scheme = kRaw});
  ASSERT_EQ(word(again), "known_bad");
  EXPECT_EQ(again.error().reason, Reason::went_back);
  EXPECT_THAT(boot.slots[1].erased, IsEmpty()) << "its head is enough to know it";
}

TEST_F(WentBack, APersonLetsItInAgain) {
  ASSERT_NO_FATAL_FAILURE(go_back());
  Updater after{boot, &memory, policy, log};
  ASSERT_TRUE(after.start(StartedBy::reset).has_value());
  EXPECT_EQ(word(after.let_in({})), "not_remembered");
  EXPECT_EQ(word(after.let_in(its_name())), "ok");
  EXPECT_EQ(log.ended.back(), "let_in");
  EXPECT_EQ(word(after.let_in(its_name())), "not_remembered");
  EXPECT_EQ(offer(bad, &memory), "ok");
}

TEST_F(WentBack, WithoutAJournalItIsRememberedUntilTheRestart) {
  boot.run = 1;
  std::copy(bad.begin(), bad.end(), boot.slots[1].bytes.begin());
  boot.state = OtaState::pending_verify;
  Updater only{boot, nullptr, policy, log};
  ASSERT_EQ(word(only.roll_back(RolledBack::went_back)), "ok");
  boot.run = 0;
  boot.state = OtaState::valid;
  const Result<Taken> again = send_in_pieces(only, bad, 4096, {.scheme = kRaw});
  ASSERT_EQ(word(again), "known_bad");
  EXPECT_EQ(again.error().reason, Reason::went_back);
  EXPECT_EQ(word(only.let_in(its_name())), "ok");
  EXPECT_EQ(word(send_in_pieces(only, bad, 4096, {.scheme = kRaw})), "ok");
}

TEST_F(WentBack, WhereThereIsNothingToGoBackToTheTrialGoesOn) {
  ASSERT_TRUE(updater.start(StartedBy::power).has_value());
  ASSERT_EQ(word(send(bad)), "ok");
  boot.run = 1;
  boot.state = OtaState::pending_verify;
  boot.reject_result = fail(Code::no_other_image, Where::boot);
  Updater tried{boot, &memory, policy, log};
  ASSERT_EQ(word(tried.roll_back(RolledBack::went_back)), "no_other_image");
  std::array<Remembered, kRememberedImages> known;
  EXPECT_EQ(tried.remembered(known), 0u);
  EXPECT_NE(memory.journal()->trial(), std::nullopt);
}

TEST_F(Trial, IsKnownByItsHeadBeforeAnythingIsErased) {
  lose(bad, {OtaState::aborted, StartedBy::reset});
  boot.slots[1].erased.clear();
  EXPECT_EQ(offer(bad, &memory), "known_bad");
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
  EXPECT_EQ(boot.rejected, 1) << "and otadata says what it said";
}

// Two builds can have the same head where it does not name its ELF file: the digest decides.
TEST_F(Trial, AHeadWithoutAnElfHashNamesNothing) {
  sim::DemoImage demo{.version = "6.6.6", .size = 64 * 1024};
  demo.elf_sha256 = {};
  const auto nameless = sim::make_image(demo);
  lose(nameless, {OtaState::aborted, StartedBy::reset});
  auto other = nameless;
  other[5000] ^= std::byte{1};
  sim::reseal_image(other);
  EXPECT_EQ(offer(nameless, &memory), "known_bad");
  EXPECT_EQ(offer(other, &memory), "ok");
}

TEST_F(Trial, WonByConfirmingIsOver) {
  ASSERT_TRUE(updater.start(StartedBy::power).has_value());
  ASSERT_EQ(word(send(bad)), "ok");
  boot.run = 1;
  boot.state = OtaState::pending_verify;
  Updater after{boot, &memory, policy, log};
  ASSERT_TRUE(after.start(StartedBy::reset).has_value());
  ASSERT_EQ(word(after.confirm()), "ok");
  EXPECT_EQ(memory.journal()->trial(), std::nullopt);
}

}  // namespace
}  // namespace updraft
