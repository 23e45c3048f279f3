// Sketches on the packed Arduino library, on a simulated chip with the core's own start and what it
// offers as partition table.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/arduino/senders.hpp"
#include "tests/esp_idf/web_server.hpp"

namespace updraft::arduino {
namespace {

using esp_idf::Image;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

// An update by raw TCP to the version that runs the given sketch; up to its restart.
void install(Board& board, const std::string& version) {
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begun"));
  by_raw(board, sketch_image(version));
  ASSERT_TRUE(board.restarts());
}

TEST(Sketch, ThatCrashesInSetupGoesAndTheOldOneComesBack) {
  Board board({.words = with_raw(), .programs = {{"2.0.0", "crashes"}}});
  install(board, "2.0.0");
  ASSERT_TRUE(board.start(ESP_RST_SW));
  EXPECT_EQ(board.running(), "2.0.0");
  ASSERT_TRUE(board.until([&] { return board.crashed; }));
  ASSERT_TRUE(board.start(ESP_RST_PANIC));
  EXPECT_EQ(board.running(), "1.0.0");
  ASSERT_TRUE(board.hears("begun"));
  by_raw(board, sketch_image("2.0.0"));
  EXPECT_TRUE(
      board.hears("This image failed here before; send a fixed one, or let this one in by name."))
      << "it is refused now";
}

// What the core does without Updraft.h: seen here, so that the test above proves something.
TEST(Sketch, ThatTheCoreConfirmsStaysWhateverItDoes) {
  Board board(
      {.words = with_raw(), .programs = {{"1.0.0", "core_confirms"}, {"2.0.0", "core_confirms"}}});
  install(board, "2.0.0");
  EXPECT_THAT(board.chip.log, Contains(HasSubstr("the core confirms every sketch before setup()")));
  ASSERT_TRUE(board.start(ESP_RST_SW));
  ASSERT_TRUE(board.hears("begun"));
  ASSERT_TRUE(board.start(ESP_RST_PANIC));
  EXPECT_EQ(board.running(), "2.0.0");
}

TEST(Sketch, StaysAfterAMinuteWithAnAddress) {
  Board board({.words = with_raw()});
  install(board, "2.0.0");
  board.address = 0;
  ASSERT_TRUE(board.start(ESP_RST_SW));
  ASSERT_TRUE(board.hears("on trial"));
  board.pass(30);
  board.address = 0x0100'007F;
  int seconds = 0;
  while (board.state() != OtaState::valid && seconds < 300) {
    board.pass(5);
    seconds += 5;
  }
  EXPECT_EQ(board.state(), OtaState::valid);
  EXPECT_GE(seconds, 60);
  EXPECT_FALSE(board.chip.restarted);
}

TEST(Sketch, WithoutAnAddressGoesAfterFiveMinutes) {
  Board board({.words = with_raw()});
  install(board, "2.0.0");
  board.address = 0;
  ASSERT_TRUE(board.start(ESP_RST_SW));
  ASSERT_TRUE(board.hears("on trial"));
  board.pass(290);
  EXPECT_FALSE(board.chip.restarted);
  board.pass(20);
  ASSERT_TRUE(board.restarts());
  EXPECT_TRUE(board.has_heard("restart"));
  ASSERT_TRUE(board.start(ESP_RST_SW));
  EXPECT_EQ(board.running(), "1.0.0");
}

TEST(Sketch, MayBeKeptOrGivenUpByItsOwnWord) {
  for (const auto& [word, then, runs] :
       {std::tuple("keep", "kept", "2.0.0"), std::tuple("back", "given up", "1.0.0"),
        std::tuple("well", "on trial", "2.0.0")}) {
    SCOPED_TRACE(word);
    Board board({.words = with_raw({{word, "yes"}})});
    install(board, "2.0.0");
    ASSERT_TRUE(board.start(ESP_RST_SW));
    ASSERT_TRUE(board.hears(then));
    ASSERT_TRUE(
        board.until([&] { return board.chip.restarted || board.state() == OtaState::valid; }));
    ASSERT_TRUE(board.start(ESP_RST_SW));
    EXPECT_EQ(board.running(), runs);
  }
}

TEST(Sketch, WhoIsNeverHealthyGoes) {
  Board board({.words = with_raw({{"ill", "yes"}})});
  install(board, "2.0.0");
  ASSERT_TRUE(board.start(ESP_RST_SW));
  ASSERT_TRUE(board.hears("on trial"));
  board.pass(310);
  ASSERT_TRUE(board.restarts());
}

TEST(Sketch, IsAskedAndTold) {
  Board board({.words = with_raw({{"refuse", "yes"}, {"twice", "yes"}})});
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begin() was called before"));
  by_raw(board, sketch_image("2.0.0"));
  EXPECT_TRUE(board.hears("raw"));
  EXPECT_TRUE(board.hears("The device does not want this update."));
}

TEST(Sketch, TakesNothingUnsignedUnlessItSaysSo) {
  Board board({.words = with_raw({{"signed", "yes"}})});
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begun"));
  EXPECT_THAT(board.chip.log, Contains(HasSubstr("a way in is open that lets nothing in")));
  by_raw(board, sketch_image("2.0.0"));
  EXPECT_TRUE(board.until([&] {
    const std::lock_guard held(board.chip.inside);
    return testing::Matches(Contains(HasSubstr("unsigned")))(board.chip.log);
  }));
  EXPECT_FALSE(board.chip.restarted);
}

TEST(Sketch, TakesNoOtherSketch) {
  Board board({.words = with_raw()});
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begun"));
  by_raw(board, esp_idf::make_image("2.0.0"));  // of the project "demo"
  EXPECT_TRUE(board.until([&] {
    const std::lock_guard held(board.chip.inside);
    return testing::Matches(Contains(HasSubstr("wrong_product")))(board.chip.log);
  }));
}

// Once loop() calls handle(), news come from there: between two of its rounds.
TEST(Sketch, HearsItsNewsInLoopIfItLikes) {
  Board board({.words = with_raw({{"handle", "yes"}})});
  install(board, "2.0.0");
  EXPECT_TRUE(board.has_heard("2.0.0"));
  EXPECT_TRUE(board.has_heard("loop"));
}

TEST(Sketch, ThatSleepsPullsAndKnowsHowItWent) {
  const Image next = sketch_image("2.0.0");
  esp_idf::PackageServer server(next);
  for (const auto& [url, word] :
       {std::pair(server.url, "installed"),
        std::pair("req://127.0.0.1:" + std::to_string(esp_idf::free_port()), "failed")}) {
    Board board({.words = {{"pull", url}, {"every", "0"}, {"now", "20000"}}});
    ASSERT_TRUE(board.start());
    EXPECT_TRUE(board.hears(word)) << url;
  }
}

// What runs is asked for by its name, and nothing comes: that is an answer as well.
TEST(Sketch, ThatSleepsAsksAWebServerForWhatIsNew) {
  const esp_idf::WebServer server(sketch_image("1.0.0"), nullptr);
  Board board({.words = {{"web", server.url}, {"every", "0"}, {"now", "20000"}}});
  board.chip.net.names[esp_idf::kWebName] = "127.0.0.1";
  ASSERT_TRUE(board.start());
  EXPECT_TRUE(board.hears("current"));
  ASSERT_TRUE(board.until([&] { return server.over == 1; }));
  const std::uint64_t before = server.sent;
  ASSERT_TRUE(board.start(ESP_RST_DEEPSLEEP));
  EXPECT_TRUE(board.hears("current"));
  EXPECT_LT(server.sent - before, 2048u) << "a head";
}

TEST(Sketch, IsToldWhatItLeftOut) {
  const std::map<std::string, std::map<std::string, std::string>> kSays = {
      {"pull() takes req:// and raw://, pullWeb() https:// and http://; keys() needs NVS or a "
       "partition \"updraft\"",
       {{"pull", "http://updates.local/app.bin"}, {"every", "60"}}},
      {"a URL, a password or the KeySet is none; the console says which",
       {{"web", "http://updates.local"}, {"every", "60"}}},
      {"elegant() and form() are on the page's server: page() opens it", {{"elegant", "yes"}}},
  };
  for (const auto& [sentence, words] : kSays) {
    Board board({.words = words});
    ASSERT_TRUE(board.start());
    EXPECT_TRUE(board.hears(sentence));
  }
}

TEST(Sketch, SaysAloudWhatMakesATrialMeaningless) {
  constexpr char kOneSlot[] =
      "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\napp0, app, ota_0, "
      "0x10000, 192K\n";
  Board board({.table = kOneSlot, .programs = {{"1.0.0", "unnamed"}}});
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.until([&] { return !board.http.handlers.empty(); }));
  EXPECT_THAT(board.chip.log, Contains(HasSubstr("the partition table has one app slot")));
  EXPECT_THAT(board.chip.log, Contains(HasSubstr("this sketch has no name")));
  EXPECT_THAT(board.chip.log, Contains(HasSubstr("a way in is open that lets nothing in")));
  EXPECT_THAT(board.chip.log, Not(Contains(HasSubstr("the core confirms"))));
}

// The example Signed: it takes signed packages alone, and remembers them in its partition, or in
// NVS where the core's table has none.
TEST(Sketch, WithKeysTrustsThem) {
  constexpr char kWithPartition[] =
      "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\napp0, app, ota_0, "
      "0x10000, 192K\n"
      "app1, app, ota_1, 0x40000, 192K\nupdraft, data, undefined, 0x70000, 0x8000\n";
  for (const char* const table : {kWithPartition, kStockTable}) {
    constexpr const char* says = "KeySet 1: only signed packages are taken";
    Board board({.table = table, .programs = {{"1.0.0", "example_Signed"}}});
    ASSERT_TRUE(board.start());
    EXPECT_TRUE(board.until([&] {
      const std::lock_guard held(board.chip.inside);
      return testing::Matches(Contains(HasSubstr(says)))(board.chip.log);
    })) << says;
  }
}

// Linked as the IDE does it, from objects, and as PlatformIO does it, from an archive: the trial is
// there.
TEST(Sketch, OfThreeLinesHasATrialHoweverItIsLinked) {
  for (const char* program : {"three_lines", "three_lines_as_platformio"}) {
    SCOPED_TRACE(program);
    Board board({.programs = {{"1.0.0", program}, {"2.0.0", program}}});
    ASSERT_TRUE(board.start());
    ASSERT_TRUE(board.until([&] { return board.http.handlers.size() >= 3; }));
    EXPECT_THAT(board.chip.log, Not(Contains(HasSubstr("E "))));
    by_page(board, sketch_image("2.0.0"));
    ASSERT_TRUE(board.restarts());
    ASSERT_TRUE(board.start(ESP_RST_SW));
    EXPECT_EQ(board.running(), "2.0.0");
    EXPECT_EQ(board.state(), OtaState::pending_verify);
    ASSERT_TRUE(board.start(ESP_RST_PANIC));
    EXPECT_EQ(board.running(), "1.0.0");
  }
}

}  // namespace
}  // namespace updraft::arduino
