// A sketch whose power goes away: at each flash operation, and at each change of NVS.
#include "tests/arduino/senders.hpp"
#include "tests/esp_idf/web_server.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::arduino {
namespace {

using esp_idf::Image;

// Cut at every flash operation of an update of a sketch and of its trial's end, as the core's table
// has it: notes are in NVS.
TEST(SketchCuts, LeaveASketchThatRuns) {
  const Image next = sketch_image("2.0.0", 4 * 1024);
  Board board({.words = with_raw({{"keep", "yes"}})});
  std::size_t cuts = 0;
  const std::uint64_t step = sweep_step(5);
  for (const auto how : {sim::Cut::before, sim::Cut::torn, sim::Cut::after, sim::Cut::weak}) {
    for (std::uint64_t at = sweep_start(step);; at += step) {
      SCOPED_TRACE(std::string(sim::name(how)) + " at flash operation " + std::to_string(at));
      board.stop();
      board.chip.restore();
      const auto tell = [&] {
        if (board.running() == "1.0.0" && board.until([&] {
              return board.has_heard("begun") || !board.chip.flash().powered();
            })) {
          by_raw(board, next);
          (void)board.until([&] {
            return board.chip.restarted || !board.chip.flash().powered() ||
                   board.has_heard("2.0.0");
          });
          if (!board.chip.flash().powered() || !board.start(ESP_RST_SW)) return;
        }
        (void)board.until(
            [&] { return board.state() == OtaState::valid || !board.chip.flash().powered(); });
      };
      ASSERT_TRUE(board.start());
      board.chip.flash().cut_power_at(at, how);
      tell();
      if (board.chip.flash().powered()) break;
      ++cuts;
      ASSERT_TRUE(board.start()) << "nothing boots";
      ASSERT_TRUE(board.running() == "1.0.0" || board.running() == "2.0.0");
      tell();
      ASSERT_TRUE(board.start(ESP_RST_SW));
      ASSERT_EQ(board.running(), "2.0.0");
    }
  }
  EXPECT_GT(cuts, 4 * next.size() / kFlashPage / step);
  std::printf("power cuts tried: %zu\n", cuts);
}

// NVS changes all or nothing, so the power goes away before one of its changes or right after it.
// Updraft's notes are there, and those of an update from a web server.
TEST(SketchCuts, AtEachChangeOfNvsLeaveOneToo) {
  const Image next = sketch_image("2.0.0", 4 * 1024);
  const esp_idf::WebServer server(next, nullptr);
  Board board({.words = {{"web", server.url}, {"every", "0"}, {"now", "20000"}, {"keep", "yes"}}});
  board.chip.net.names[esp_idf::kWebName] = "127.0.0.1";
  std::size_t cuts = 0;
  // Up to the end of the trial, or to the cut; false: it came.
  const auto lives = [&] {
    if (!board.start()) return false;
    if (board.running() == "1.0.0") {
      (void)board.until(
          [&] { return board.has_heard("installed") || !board.chip.flash().powered(); });
      if (!board.chip.flash().powered() || !board.start(ESP_RST_SW)) return false;
    }
    (void)board.until([&] {
      const bool answered = board.has_heard("current") || board.has_heard("refused");
      return (answered && board.state() == OtaState::valid) || !board.chip.flash().powered();
    });
    return board.chip.flash().powered();
  };
  for (const bool after : {false, true}) {
    for (std::uint64_t at = 0;; ++at) {
      SCOPED_TRACE((after ? "after" : "before") + std::string(" change ") + std::to_string(at));
      board.stop();
      board.chip.restore();
      board.chip.nvs = esp_idf::FakeNvs{};
      board.chip.nvs_cut = at;
      board.chip.nvs_cut_after = after;
      if (lives()) break;
      ++cuts;
      ASSERT_TRUE(lives()) << "and it ends well after all";
      ASSERT_EQ(board.running(), "2.0.0");
      ASSERT_EQ(board.state(), OtaState::valid);
    }
  }
  board.chip.nvs_cut = UINT64_MAX;
  EXPECT_GE(cuts, 4u);
  std::printf("power cuts tried: %zu\n", cuts);
}

}  // namespace
}  // namespace updraft::arduino
