#include "updraft/updater.hpp"

#include <functional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/update/test_updater_bench.hpp"
#include "sim/demo_image.hpp"
#include "sim/raw_image.hpp"

namespace updraft {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using UpdaterTest = UpdaterBench;

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
