// What a power cut leaves to boot: every row of spec/esp32.md section 3.4, played through with
// the OTA calls and the bootloader.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/ota_board.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::sim {
namespace {

using enum format::OtaState;

constexpr Record kBlank{};
constexpr Cut kCuts[] = {Cut::before, Cut::torn, Cut::after, Cut::weak};

class PowerCutOutcome : public testing::Test {
 protected:
  // ota_0 runs and is confirmed; ota_1 is to get a new image.
  std::unique_ptr<OtaBoard> board(const Layout& layout = {}) {
    auto board = std::make_unique<OtaBoard>(layout);
    board->fill();
    board->put_record(0, {1, valid});
    board->run(0);
    return board;
  }
  const DemoImage new_{.version = "new", .size = 20'000};
};

// Cuts during each operation of `act` in every way, and hands the board to `check` after it.
template <class Make, class Act, class Check>
void cut_everywhere(Make make, Act act, Check check) {
  const std::uint64_t step = sweep_step(5);
  for (const Cut cut : kCuts) {
    for (std::uint64_t operation = sweep_start(step);; operation += step) {
      SCOPED_TRACE("power cut at operation " + std::to_string(operation) + ": " +
                   std::string(name(cut)));
      auto board = make();
      board->flash.cut_power_at(operation, cut);
      act(*board);
      if (board->flash.powered()) break;
      check(*board, operation);
      if (testing::Test::HasFailure()) return;
    }
  }
}

TEST_F(PowerCutOutcome, WhileTheSlotIsWrittenTheOldAppBoots) {
  cut_everywhere([this] { return board(); },
                 [this](OtaBoard& b) {
                   OtaHandle handle = 0;
                   const std::vector<std::byte> image = make_image(new_);
                   const auto size = static_cast<std::uint32_t>(image.size());
                   if (b.ota().begin(&b.app(1), size, &handle) != EspErr::ok) return;
                   if (b.ota().write(handle, image) == EspErr::ok) (void)b.ota().end(handle);
                 },
                 [](OtaBoard& b, std::uint64_t) {
                   EXPECT_EQ(b.record(0).state, valid);
                   EXPECT_EQ(b.restart(), 0);
                 });
}

TEST_F(PowerCutOutcome, SetBootAfterTheEraseTheOldAppBoots) {
  auto b = board();
  b->put_record(1, {2, aborted});
  b->flash.cut_power_at(1, Cut::before);
  EXPECT_EQ(b->ota().set_boot_partition(&b->app(1)), EspErr::flash_op_fail);
  EXPECT_TRUE(b->record(1).empty());
  EXPECT_EQ(b->restart(), 0);
}

TEST_F(PowerCutOutcome, SetBootTornTheOldOrTheNewAppBoots) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Board board({}, {.seed = seed});
    board.fill();
    board.put_record(0, {1, valid});
    EspOta ota(board.flash, board.table, board.efuse, BootBuild::rollback, board.app(0));
    board.flash.cut_power_at(1, Cut::torn);
    EXPECT_EQ(ota.set_boot_partition(&board.app(1)), EspErr::flash_op_fail);
    board.flash.power_on();
    const BootReport report = board.boot(BootBuild::rollback);
    ASSERT_TRUE(report.app);
    EXPECT_EQ(report.app->index, board.record(1).usable() ? 1 : 0);
  }
}

TEST_F(PowerCutOutcome, SetBootTornInTheStateTheNewAppIsNeverRolledBack) {
  auto b = board();
  b->put_record(1, {2, undefined});  // seq and crc arrived, the state did not
  EXPECT_EQ(b->restart(), 1);
  EXPECT_EQ(b->restart(), 1);
  EXPECT_EQ(b->record(1).state, undefined);
}

TEST_F(PowerCutOutcome, FirstUpdateFromFactoryFallsBackToFactory) {
  OtaBoard b({.slots = 2, .factory = true});
  b.fill();
  b.run(kFactoryIndex);
  b.flash.cut_power_at(1, Cut::before);
  EXPECT_EQ(b.ota().set_boot_partition(&b.app(0)), EspErr::flash_op_fail);
  EXPECT_EQ(b.restart(), kFactoryIndex);
}

TEST_F(PowerCutOutcome, BootloaderAfterTheEraseTheUpdateIsLost) {
  auto b = board();
  ASSERT_EQ(b->ota().set_boot_partition(&b->app(1)), EspErr::ok);
  b->flash.cut_power_at(1, Cut::before);
  EXPECT_FALSE(b->boot(BootBuild::rollback).app);
  EXPECT_TRUE(b->record(1).empty());
  EXPECT_EQ(b->restart(), 0);
}

TEST_F(PowerCutOutcome, ConfirmAfterTheEraseTheOldAppBoots) {
  auto b = board();
  b->put_record(1, {2, pending_verify});
  b->run(1);
  b->flash.cut_power_at(1, Cut::before);
  EXPECT_EQ(b->ota().mark_app_valid_cancel_rollback(), EspErr::flash_op_fail);
  EXPECT_EQ(b->restart(), 0);
}

TEST_F(PowerCutOutcome, ConfirmAfterTheEraseWithoutOldRecordFactoryBoots) {
  for (const bool factory : {true, false}) {
    auto b = board({.slots = 2, .factory = factory});
    b->put_records(kBlank, {2, pending_verify});
    b->run(1);
    b->flash.cut_power_at(1, Cut::before);
    EXPECT_EQ(b->ota().mark_app_valid_cancel_rollback(), EspErr::flash_op_fail);
    EXPECT_EQ(b->restart(), factory ? kFactoryIndex : 0);
  }
}

TEST_F(PowerCutOutcome, BeforeConfirmTheOldAppBoots) {
  auto b = board();
  ASSERT_EQ(b->install(1, new_), EspErr::ok);
  EXPECT_EQ(b->restart(), 1);
  b->flash.cut_power();
  EXPECT_EQ(b->restart(), 0);
  EXPECT_EQ(b->record(1).state, aborted);
}

TEST_F(PowerCutOutcome, BeginErasedTheOtherRecordAndConfirmIsCut) {
  for (const bool factory : {true, false}) {
    auto b = board({.slots = 2, .factory = factory});
    b->put_record(1, {2, undefined});
    b->run(1);
    OtaHandle handle = 0;
    ASSERT_EQ(b->ota().begin(&b->app(0), kOtaWithSequentialWrites, &handle), EspErr::ok);
    ASSERT_TRUE(b->record(0).empty());
    b->flash.cut_power_at(1, Cut::before);
    EXPECT_EQ(b->ota().mark_app_valid_cancel_rollback(), EspErr::flash_op_fail);
    EXPECT_EQ(b->restart(), factory ? kFactoryIndex : 0) << "although ota_1 was running";
  }
}

// Whatever happens on the way, with a factory app or without: something sound boots.
TEST_F(PowerCutOutcome, AnUpdateNeverEndsWithoutAnApp) {
  for (const bool factory : {true, false}) {
    cut_everywhere([&] { return board({.slots = 2, .factory = factory}); },
                   [this](OtaBoard& b) {
                     if (b.install(1, new_) != EspErr::ok) return;
                     if (!b.boot(BootBuild::rollback).app) return;
                     b.run(1);
                     (void)b.ota().mark_app_valid_cancel_rollback();
                   },
                   [](OtaBoard& b, std::uint64_t) {
                     EXPECT_TRUE(b.restart());
                     EXPECT_TRUE(b.restart());
                   });
  }
}

}  // namespace
}  // namespace updraft::sim
