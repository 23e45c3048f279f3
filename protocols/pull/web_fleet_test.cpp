// The server of a fleet: what a device tells it of itself, KeySets that come first, and whether it
// is current.
#include <chrono>

#include "protocols/pull/web_fleet_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

TEST_F(WebFleet, TellsWhoAsksAndWhatItHas) {
  pull([&](const Asked&) { return said("204 No Content", {}, "Updraft-Poll: 60\r\n"); }).once();
  EXPECT_EQ(bench->requests[0].path,
            "/d/next?id=kitchen&have=0&run=8100000000000000&state=valid&keyset=1");
  EXPECT_EQ(bench->log.words, "unchanged");
  EXPECT_EQ(bench->log.next_in, 60s);
}

TEST_F(WebFleet, APackageStandsBesideTheQuestion) {
  const Buffer image = demo_image("2.0.0", 20 * 1024);
  const PackageFiles files = files_apart(desk, image, {.sequence = 7});
  pull([&](const Asked& asked) -> Said {
    if (asked.path.starts_with("/d/next?")) return said("200 OK", files.head);
    FolderServer folder;
    folder.put("/d/lamp-7.ix", files.index);
    folder.put("/d/lamp-7.bin", files.transfer);
    return folder.answer(asked);
  }).run(1s);
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_TRUE(holds(image));
}

TEST_F(WebFleet, MissingKeySetsComeFirstAndInOrder) {
  const Buffer package = desk.package(demo_image("2.0.0"), {.sequence = 7});
  pull([&](const Asked& asked) -> Said {
    if (asked.path == "/d/keyset/2") return said("200 OK", desk.fresh_set(2));
    if (asked.path == "/d/keyset/3") return said("200 OK", desk.fresh_set(3));
    return said("200 OK", package, "Updraft-KeySet: 3\r\n");
  }).run(1s);
  EXPECT_EQ(signing->key_set_version(), 3u);
  EXPECT_EQ(paths(), "next keyset/2 next keyset/3 next");
  EXPECT_EQ(bench->log.words, "installed");
}

TEST_F(WebFleet, AServerThatHasNoneOfThemMakesNoLoop) {
  const Buffer set = desk.fresh_set(1);
  for (const bool same : {false, true}) {
    SCOPED_TRACE(same);
    start();
    pull([&](const Asked& asked) -> Said {
      const bool key_set = asked.path.starts_with("/d/keyset/");
      if (!key_set) return said("204 No Content", {}, "Updraft-KeySet: 2\r\n");
      return same ? said("200 OK", set) : said("404 Not Found");
    }).run(1s);
    EXPECT_EQ(paths(), "next keyset/2");
    EXPECT_EQ(bench->log.words, same ? "failed:keyset_version" : "failed:http_status");
    EXPECT_GE(bench->log.next_in, 15s);
  }
}

TEST_F(WebFleet, AsksOnceADayWhetherItIsCurrent) {
  pull([&](const Asked& asked) -> Said {
    if (!asked.path.starts_with("/d/fresh?id=kitchen&nonce=")) return said("204 No Content");
    EXPECT_EQ(asked.field("Range"), "");
    return said("200 OK", token_for(asked.path, 0, desk.next_key, desk.product));
  }).run(23h);
  EXPECT_EQ(bench->log.fresh, " current");
  bench->run(24h * 13);
  EXPECT_EQ(bench->log.fresh,
            " current current current current current current current current"
            " current current current current current current");
  EXPECT_EQ(bench->log.stale, 0u);
}

TEST_F(WebFleet, WhatATokenSaysOfTheTimeIsKept) {
  const auto ask = [&](const host::SigningKey& key) {
    pull([&](const Asked& asked) -> Said {
      if (!asked.path.starts_with("/d/fresh?")) return said("204 No Content");
      return said("200 OK", token_for(asked.path, 0, key, desk.product));
    }).run(10min);
  };
  ask(desk.release_key);
  EXPECT_EQ(signing->not_before(), 0u) << "one that no freshness key signed";
  start();
  ask(desk.next_key);
  EXPECT_EQ(signing->not_before(), 1'790'000'000u);
  start();
  EXPECT_EQ(signing->not_before(), 1'790'000'000u) << "after a restart";
}

TEST_F(WebFleet, ANewerReleaseMakesOneQuestionMore) {
  pull([&](const Asked& asked) -> Said {
    if (asked.path.starts_with("/d/next")) return said("204 No Content");
    return said("200 OK", token_for(asked.path, 9, desk.next_key, desk.product));
  }).run(10min);
  EXPECT_EQ(paths(), "next fresh next");
  EXPECT_EQ(bench->log.fresh, " newer");
}

TEST_F(WebFleet, WhatIsNoAnswerCountsForNothing) {
  const host::Product other = host::read_product("updraft.example/demo/esp32c3/2");
  const std::string nonce = "nonce=" + std::string(32, '0');
  struct Row {
    const char* why;
    std::function<Said(const std::string& path)> answer;
    const char* code;
  };
  const Row rows[] = {
      {"another key",
       [&](auto& path) {
         return said("200 OK", token_for(path, 0, desk.release_key, desk.product));
       },
       " key_unknown"},
      {"another question",
       [&](auto&) { return said("200 OK", token_for(nonce, 0, desk.next_key, desk.product)); },
       " nonce_mismatch"},
      {"another product",
       [&](auto& path) { return said("200 OK", token_for(path, 0, desk.next_key, other)); },
       " wrong_product"},
      {"no token", [&](auto&) { return said("200 OK", Buffer(100)); }, " malformed"},
      {"too long", [&](auto&) { return said("200 OK", Buffer(5000)); }, " envelope_too_large"},
      {"nothing", [&](auto&) { return said("404 Not Found"); }, " http_status"},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.why);
    start();
    pull([&](const Asked& asked) -> Said {
      if (asked.path.starts_with("/d/next")) return said("204 No Content");
      return row.answer(asked.path);
    }).run(23h);
    EXPECT_EQ(bench->log.fresh, row.code);
    EXPECT_TRUE(bench->log.words.starts_with("unchanged unchanged")) << "and goes on asking";
    bench->run(24h * 15);
    EXPECT_EQ(bench->log.stale, 1u);
  }
}

}  // namespace
}  // namespace updraft::link
