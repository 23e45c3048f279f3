// Sketches on the packed Arduino library, on a simulated chip with the core's own start and what it
// offers as partition table.
#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "protocols/control/control_host.hpp"
#include "protocols/link/login.hpp"
#include "protocols/ws/ws_words.hpp"
#include "tests/arduino/board.hpp"
#include "tests/esp_idf/fake_uart.hpp"
#include "tests/esp_idf/senders.hpp"
#include "tests/fakes/sweep.hpp"

namespace updraft::arduino {
namespace {

using esp_idf::FakeHttp;
using esp_idf::Image;
using testing::Contains;
using testing::HasSubstr;
using testing::Not;

const FakeHttp::Fields kHost = {{"Host", "192.168.4.1"}};

std::string text(const Image& image) {
  return {reinterpret_cast<const char*>(image.data()), image.size()};
}

// What the server says next; the update task has it say some of that.
std::string said(Board& board, int socket) {
  std::vector<std::string> words;
  (void)board.until([&] {
    board.http.work();
    words = board.http.said(socket);
    return !words.empty();
  });
  return words.empty() ? "nothing" : words.back();
}

// What the page does in a browser: logs in, sends the image as it is asked for, restarts the
// device.
void by_page(Board& board, const Image& image) {
  const int socket = board.http.connect(kHost);
  ASSERT_NE(socket, -1);
  const std::string asked = said(board, socket);
  ASSERT_THAT(asked, HasSubstr("otaLogin"));
  link::Challenge challenge;
  std::ranges::copy(as_bytes(asked.substr(asked.size() - 10, 8)), challenge.begin());
  std::array<char, link::kWsAnswerBytes> room;
  (void)board.http.send(socket, link::ws_answer(link::answer_to(challenge, "secret"), room));
  ASSERT_THAT(said(board, socket), HasSubstr("\"ok\""));
  (void)board.http.send(socket,
                        "{\"name\":\"otaSize\",\"value\":" + std::to_string(image.size()) + "}");
  for (std::size_t at = 0; at < image.size(); at += 2048) {
    ASSERT_THAT(said(board, socket), HasSubstr("otaGetChunk"));
    (void)board.http.send(socket, HTTPD_WS_TYPE_BINARY, at_most(Bytes(image).subspan(at), 2048));
  }
  ASSERT_THAT(said(board, socket), HasSubstr("otaEnd"));
  (void)board.http.send(socket, "{\"name\":\"otaRestartEsp\",\"value\":0}");
}

void by_raw(Board& board, const Image& image) {
  esp_idf::push(static_cast<std::uint16_t>(std::stoi(board.word("raw"))), image);
}

void by_bundle(Board& board, const Image& image) {
  const auto bundle = samples::bundle_of({{"firmware.bin", text(image)}});
  const auto port = static_cast<std::uint16_t>(std::stoi(board.word("bundles")));
  EXPECT_EQ(esp_idf::push_bundle(esp_idf::connect_to(port), bundle), "ok");
}

// What `updraft push FILE control:` does; on wires that the chip's task reads meanwhile.
void by_uart(Board& board, const Image& image) {
  link::ControlHost host;
  const auto now = [] { return Instant{} + Millis{1}; };
  host.on_connected(now());
  const auto answer = [&] {
    return board.until([&] {
      Image frame(link::kControlFrameBytes);
      const std::lock_guard held(board.chip.inside);
      frame.resize(host.write_to(frame));
      esp_idf::uart(1).send(frame);
      const Image heard(esp_idf::uart(1).from_chip.begin(), esp_idf::uart(1).from_chip.end());
      esp_idf::uart(1).from_chip.clear();
      host.on_bytes(heard, now());
      return !host.waiting();
    }) && host.answer();
  };
  host.begin(now());
  ASSERT_TRUE(answer());
  for (Bytes rest = image; !rest.empty();
       rest = rest.subspan(std::min(rest.size(), link::kControlChunk))) {
    host.write(at_most(rest, link::kControlChunk), now());
    ASSERT_TRUE(answer());
  }
  host.end(now());
  ASSERT_TRUE(answer());
}

struct WayIn {
  const char* name;
  std::map<std::string, std::string> words;
  void (*send)(Board& board, const Image& image);  // nullptr: the sketch fetches
  bool packages = false;                           // it fetches by package requests
};

class WaysIn : public testing::TestWithParam<WayIn> {};

TEST_P(WaysIn, TakeAnUpdateThatProvesItself) {
  const Image next = sketch_image("2.0.0");
  std::optional<esp_idf::PackageServer> packages;
  std::optional<esp_idf::RawServer> raw;
  Board::Setup setup{.words = GetParam().words};
  for (auto& [name, value] : setup.words) {
    if (value == "port") value = std::to_string(esp_idf::free_port());
  }
  if (GetParam().send == nullptr) {
    setup.words["pull"] = GetParam().packages ? packages.emplace(next).url : raw.emplace(next).url;
    setup.words["every"] = "3600";
  }
  Board board(setup);
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begun"));
  if (GetParam().send != nullptr) GetParam().send(board, next);
  EXPECT_TRUE(board.hears("2.0.0"));
  ASSERT_TRUE(board.restarts());
  EXPECT_TRUE(board.has_heard("restart"));
  EXPECT_TRUE(board.has_heard("progress"));

  ASSERT_TRUE(board.start(ESP_RST_SW));
  EXPECT_EQ(board.running(), "2.0.0");
  EXPECT_TRUE(board.hears("on trial"));
  EXPECT_EQ(board.state(), OtaState::pending_verify);
}

INSTANTIATE_TEST_SUITE_P(Sketch, WaysIn,
                         testing::Values(WayIn{"page", {{"page", "secret"}}, &by_page},
                                         WayIn{"raw", {{"raw", "port"}}, &by_raw},
                                         WayIn{"bundle", {{"bundles", "port"}}, &by_bundle},
                                         WayIn{"uart", {{"uart", "1"}}, &by_uart},
                                         WayIn{"packages", {}, nullptr, true},
                                         WayIn{"raw_pull", {}, nullptr}),
                         [](const auto& row) { return std::string(row.param.name); });

// An update by raw TCP to the version that runs the given sketch; up to its restart.
void install(Board& board, const std::string& version) {
  ASSERT_TRUE(board.start());
  ASSERT_TRUE(board.hears("begun"));
  by_raw(board, sketch_image(version));
  ASSERT_TRUE(board.restarts());
}

std::map<std::string, std::string> with_raw(std::map<std::string, std::string> words = {}) {
  words["raw"] = std::to_string(esp_idf::free_port());
  return words;
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

}  // namespace
}  // namespace updraft::arduino
