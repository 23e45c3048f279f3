#include "updraft/updater.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/update/test_send.hpp"
#include "sim/demo_image.hpp"
#include "sim/raw_image.hpp"
#include "tests/fakes/event_log.hpp"
#include "tests/fakes/fake_boot_control.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::byte> image(const char* version, std::size_t size = 64 * 1024) {
  sim::DemoImage demo;
  demo.version = version;
  demo.size = size;
  return sim::make_image(demo);
}

class UpdaterTest : public testing::Test {
 protected:
  UpdaterTest() { policy.allow_unsigned(kRaw); }

  Result<Taken> send(Bytes payload, std::size_t step = 4096, std::uint64_t announced = 0) {
    return send_in_pieces(updater, payload, step, {.scheme = kRaw, .size = announced});
  }

  fakes::FakeBootControl boot;
  fakes::RamFlash journal_flash{8192, std::byte{0xFF}};
  UpdateMemory memory{journal_flash};
  Policy policy;
  fakes::EventLog log;
  Updater updater{boot, &memory, policy, log};
};

TEST_F(UpdaterTest, InstallsAGoodImageInTheOtherSlot) {
  ASSERT_TRUE(updater.start(StartedBy::reset).has_value());
  const auto good = image("1.1.0");
  const auto running_before = boot.slots[0].bytes;
  EXPECT_EQ(word(send(good)), "ok");
  EXPECT_EQ(boot.selected, 1);
  EXPECT_EQ(updater.state(), UpdateState::installed);
  EXPECT_THAT(log.states, ElementsAre("judging", "writing", "verifying", "installed"));
  EXPECT_THAT(log.ended, ElementsAre("installed"));
  EXPECT_EQ(log.version, "1.1.0");
  EXPECT_EQ(log.trust, Trust::unsigned_image);
  EXPECT_EQ(log.progress, good.size());
  EXPECT_TRUE(std::equal(good.begin(), good.end(), boot.slots[1].bytes.begin()));
  EXPECT_EQ(boot.slots[0].bytes, running_before) << "the running slot is never written";
}

TEST_F(UpdaterTest, TakesAnyPieces) {
  const auto good = image("1.1.0", 8 * 1024);
  for (const std::size_t step : {1u, 2u, 15u, 16u, 17u, 255u, 256u, 257u, 288u, 4095u, 1u << 20}) {
    SCOPED_TRACE(step);
    fakes::FakeBootControl other;
    Updater fresh{other, nullptr, policy, log};
    ASSERT_TRUE(fresh.begin({.scheme = kRaw}).has_value());
    for (std::size_t at = 0; at < good.size(); at += step) {
      ASSERT_TRUE(
          fresh.write(Bytes(good).subspan(at, std::min(step, good.size() - at))).has_value());
    }
    EXPECT_TRUE(fresh.finish().has_value());
    EXPECT_TRUE(std::equal(good.begin(), good.end(), other.slots[1].bytes.begin()));
  }
}

// What must be refused before the first erase.
TEST_F(UpdaterTest, RefusesEarlyAndErasesNothing) {
  struct Row {
    const char* why;
    std::function<void(std::vector<std::byte>&)> spoil;
    const char* code;
  };
  const auto set = [](std::size_t at, int value) {
    return [=](std::vector<std::byte>& b) { b[at] = static_cast<std::byte>(value); };
  };
  const Row rows[] = {
      {"web page", set(0, '<'), "not_an_image"},
      {"junk", set(0, 0x42), "not_an_image"},
      {"erased flash first", [](auto& b) { std::fill_n(b.begin(), 64, std::byte{0xFF}); },
       "not_an_app"},
      {"a bootloader", [](auto& b) { b = sim::make_bootloader({}); }, "not_an_app"},
      {"a bootloader without descriptor",
       [](auto& b) { b = sim::make_bootloader({.descriptor = false}); }, "not_an_app"},
      {"a file for cable installation",
       [](auto& b) {
         const auto app = b;
         b = sim::make_bootloader({});
         b.resize(0x10000, std::byte{0xFF});
         b.insert(b.end(), app.begin(), app.end());
       },
       "not_an_app"},
      {"a segment where there is no memory", [](auto& b) { store_le32(b, 24, 0x60000000); },
       "malformed"},
      {"a segment over the bootloader", [](auto& b) { store_le32(b, 24, 0x403CE710); },
       "malformed"},
      {"an eFuse block revision", [](auto& b) { store_le16(b, 0xD0, 25185); }, "wrong_revision"},
      {"another chip", set(12, 9), "wrong_chip"},
      {"needs a later revision", set(15, 200), "wrong_revision"},
      {"no segments", set(1, 0), "malformed"},
      {"too many segments", set(1, 17), "malformed"},
      {"segment that ends in space", set(31, 0x01), "malformed"},
      {"segment larger than the slot", set(30, 0x20), "too_big"},
      {"descriptor too short", set(29, 0x00), "malformed"},
      {"secure version", [this](auto&) { boot.chip.secure_version = 7; }, "secure_version_low"},
      {"another product", [this](auto&) { policy.project = "toaster"; }, "wrong_product"},
      {"not confirmed yet", [this](auto&) { boot.state = OtaState::pending_verify; },
       "pending_confirm"},
      {"one slot only", [this](auto&) { boot.no_update_slot = true; }, "no_other_image"},
      {"unsigned", [this](auto&) { policy.unsigned_schemes = 0; }, "unsigned"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    boot.chip.secure_version = 0;
    boot.state = OtaState::valid;
    boot.no_update_slot = false;
    policy = {};
    policy.allow_unsigned(kRaw);
    auto payload = image("1.1.0", 8 * 1024);
    row.spoil(payload);
    log.ended.clear();
    EXPECT_EQ(word(send(payload, 288)), row.code);
    EXPECT_THAT(log.ended, ElementsAre(row.code));
    EXPECT_THAT(boot.slots[1].erased, IsEmpty());
    EXPECT_EQ(boot.selected, std::nullopt);
    EXPECT_EQ(updater.state(), UpdateState::idle);
  }
}

TEST_F(UpdaterTest, RefusesAnAnnouncedSizeAboveTheSlot) {
  for (const std::uint64_t size :
       {std::uint64_t{512 * 1024 + 1}, std::uint64_t{UINT32_MAX}, std::uint64_t{UINT64_MAX}}) {
    EXPECT_EQ(word(updater.begin({.scheme = kRaw, .size = size})), "too_big");
  }
  EXPECT_THAT(boot.slots[1].erased, IsEmpty());
}

TEST_F(UpdaterTest, NothingAtAllIsItsOwnError) {
  EXPECT_EQ(word(send({})), "payload_missing");
  EXPECT_EQ(word(send(as_bytes("<a>"))), "not_an_image");
}

TEST_F(UpdaterTest, CutAnywhereKeepsTheChoice) {
  const auto good = image("1.1.0", 2 * 1024);
  for (std::size_t cut = 1; cut < good.size(); ++cut) {
    ASSERT_EQ(word(send(Bytes(good).first(cut))), "size_mismatch") << cut;
    ASSERT_EQ(boot.selected, std::nullopt);
  }
  EXPECT_EQ(word(send(good)), "ok") << "and the next attempt works";
}

TEST_F(UpdaterTest, AnyFlippedBitIsRefused) {
  const auto good = image("1.1.0", 1024);
  for (std::size_t bit = 0; bit < good.size() * 8; ++bit) {
    auto bad = good;
    bad[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    ASSERT_FALSE(send(bad).has_value()) << "bit " << bit;
    ASSERT_EQ(boot.selected, std::nullopt);
  }
}

// Security row 33: the flash changed between writing and choosing.
TEST_F(UpdaterTest, ReadsBackBeforeItSelects) {
  const auto good = image("1.1.0", 8 * 1024);
  boot.slots[1].after_program = [this] {
    if (boot.slots[1].programs == 1) return;
    boot.slots[1].bytes[300] ^= std::byte{0x10};
  };
  EXPECT_EQ(word(send(good, 4096)), "image_mismatch");
  EXPECT_EQ(boot.selected, std::nullopt);
}

TEST_F(UpdaterTest, FlashTroubleIsAFailure) {
  boot.slots[1].fail_programs = true;
  EXPECT_EQ(word(send(image("1.1.0"))), "flash");
  boot.slots[1].fail_programs = false;
  EXPECT_EQ(word(send(image("1.1.0"))), "ok");
}

TEST_F(UpdaterTest, OneSessionAtATime) {
  ASSERT_TRUE(updater.begin({.scheme = kRaw}).has_value());
  EXPECT_EQ(word(updater.begin({.scheme = kRaw})), "busy");
  EXPECT_THAT(log.ended, ElementsAre("busy"));
  EXPECT_THAT(log.over, ElementsAre(2u)) << "the first session goes on";
  EXPECT_EQ(updater.state(), UpdateState::judging);
  updater.abort({Code::aborted, Where::link});
  EXPECT_THAT(log.ended, ElementsAre("busy", "aborted"));
  EXPECT_THAT(log.over, ElementsAre(2u, 1u));
  EXPECT_THAT(log.begun, ElementsAre(1u));
  EXPECT_EQ(word(send(image("1.1.0"))), "ok");
  EXPECT_EQ(word(updater.begin({.scheme = kRaw})), "busy") << "waits for its restart";
}

TEST_F(UpdaterTest, CallsOutOfOrderDoNothing) {
  EXPECT_EQ(word(updater.write(as_bytes("x"))), "no_session");
  EXPECT_EQ(word(updater.finish()), "no_session");
  updater.abort({Code::aborted, Where::link});
  EXPECT_THAT(log.ended, IsEmpty());
  EXPECT_EQ(word(send(image("1.1.0"))), "ok");
  EXPECT_EQ(word(updater.finish()), "no_session");
}

// An image on trial, installed in slot 1, and back in slot 0 after a start of this kind.
class Trial : public UpdaterTest {
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

TEST_F(UpdaterTest, RestartForStrangersPassesTheGate) {
  EXPECT_EQ(word(updater.may_restart(kWs)), "unsigned");
  EXPECT_EQ(word(updater.may_restart(kRaw)), "ok") << "named in the policy";
  ASSERT_TRUE(updater.begin({.scheme = kRaw}).has_value());
  EXPECT_EQ(word(updater.may_restart(kRaw)), "busy");
  updater.abort({Code::aborted, Where::link});
  ASSERT_TRUE(updater.open_session({.scheme = kBundle, .sender_proved = true}).has_value());
  EXPECT_EQ(word(updater.may_restart(kRaw)), "busy") << "a bundle is written";
  updater.abort({Code::aborted, Where::link});
  EXPECT_EQ(word(send(image("1.1.0"))), "ok");
  EXPECT_EQ(word(updater.may_restart(kRaw)), "ok");
  EXPECT_EQ(word(updater.may_restart(kWs)), "unsigned");
  updater.never_began(kWs, {Code::unsigned_image, Where::gate});
  EXPECT_EQ(log.ended.back(), "unsigned") << "what a link refused, observers hear";
}

TEST_F(UpdaterTest, WhoMayInstallNothingDecidesNothing) {
  EXPECT_EQ(word(updater.may_decide(kWs)), "unsigned");
  EXPECT_EQ(word(updater.may_decide(kRaw)), "ok") << "named in the policy";
}

TEST_F(UpdaterTest, ConfirmsAndRollsBackOnlyWhatIsPending) {
  EXPECT_EQ(word(updater.confirm()), "not_pending");
  EXPECT_EQ(word(updater.roll_back()), "not_pending");
  boot.state = OtaState::pending_verify;
  EXPECT_EQ(word(updater.confirm()), "ok");
  EXPECT_EQ(boot.state, OtaState::valid);
  boot.state = OtaState::pending_verify;
  boot.reject_result = fail(Code::no_other_image, Where::boot);
  EXPECT_EQ(word(updater.roll_back()), "no_other_image");
  boot.reject_result = {};
  EXPECT_EQ(word(updater.roll_back()), "ok");
  EXPECT_EQ(boot.state, OtaState::invalid);
}

}  // namespace
}  // namespace updraft
