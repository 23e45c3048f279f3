// The server of a fleet: what a device tells it, KeySets that come first, and whether it is
// current.
#include <chrono>

#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "engine/signing/test_parts.hpp"
#include "host/signing/token_maker.hpp"
#include "protocols/pull/web_pull_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFleetUrl = "https://fleet.example/d/next";

class WebFleet : public testing::Test, protected SignedBench {
 protected:
  WebFleet() { start(fresh_set(1)); }

  // A KeySet with a key for tokens.
  Buffer fresh_set(std::uint64_t version) const {
    host::KeySetSpec spec;
    spec.version = version;
    spec.root = {{desk.root.point()}, 1};
    spec.release = {{desk.release_key.point()}, 1};
    spec.freshness = {{desk.next_key.point()}, 1};
    return host::sign_key_set(host::make_key_set(spec), host::signer_of(desk.root));
  }
  // What a server answers to `fresh?id=...&nonce=...`.
  Buffer token_for(const std::string& path, std::uint64_t newest, const host::SigningKey& key,
                   const host::Product& product) const {
    host::TokenSpec spec;
    spec.device_id = "kitchen";
    EXPECT_TRUE(read_hex(path.substr(path.find("nonce=") + 6), spec.nonce));
    spec.now = 1'790'000'000;
    spec.class_id = product.class_id;
    spec.newest_sequence = newest;
    spec.newest_key_set = 1;
    return host::make_token(spec, host::signer_of(key));
  }
  static Said said(const std::string& status, Bytes body = {}, const std::string& fields = {}) {
    return {"HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
            fields + "\r\n" + std::string(as_text(body))};
  }
  WebPullBench& pull(WebPullBench::Server what) {
    WebPull::Config config = WebPullBench::usual();
    config.url = kFleetUrl;
    config.running[0] = std::byte{0x81};
    config.member = {.id = "kitchen", .updater = &*updater, .signing = &*signing};
    config.reports = news;
    bench.emplace(*updater, std::move(what), config);
    bench->pull.start(bench->now);
    return *bench;
  }
  std::string paths() const {
    std::string all;
    for (const Asked& each : bench->requests) {
      all += (all.empty() ? "" : " ") + each.path.substr(3, each.path.find('?') - 3);
    }
    return all;
  }

  WebReports* news = nullptr;  // what it has to tell
  std::optional<WebPullBench> bench;
};

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
    if (asked.path == "/d/keyset/2") return said("200 OK", fresh_set(2));
    if (asked.path == "/d/keyset/3") return said("200 OK", fresh_set(3));
    return said("200 OK", package, "Updraft-KeySet: 3\r\n");
  }).run(1s);
  EXPECT_EQ(signing->key_set_version(), 3u);
  EXPECT_EQ(paths(), "next keyset/2 next keyset/3 next");
  EXPECT_EQ(bench->log.words, "installed");
}

TEST_F(WebFleet, AServerThatHasNoneOfThemMakesNoLoop) {
  const Buffer set = fresh_set(1);
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

// What a port has to tell, in place of it.
struct News final : WebReports {
  Bytes report() override { return as_bytes(text); }
  void reported() override { text.clear(); }
  std::string text = R"({"id":"kitchen","events":[{"n":1,"event":"confirm"}]})";
};

TEST_F(WebFleet, TellsWhatHappenedOnce) {
  News told;
  news = &told;
  const std::string text = told.text;
  pull([&](const Asked&) { return said("204 No Content", {}, "Updraft-Poll: 60\r\n"); }).run(10min);
  EXPECT_TRUE(paths().starts_with("next fresh report next next")) << paths();
  EXPECT_EQ(paths().find("report", paths().find("report") + 1), std::string::npos) << paths();
  const auto report = std::ranges::find(bench->requests, "/d/report", &Asked::path);
  ASSERT_NE(report, bench->requests.end());
  EXPECT_TRUE(report->text.starts_with("POST /d/report HTTP/1.1\r\n"));
  EXPECT_EQ(report->field("Content-Length"), std::to_string(text.size()));
  EXPECT_EQ(report->field("Content-Type"), "application/json");
  EXPECT_EQ(report->field("Range") + report->field("If-None-Match"), "");
  EXPECT_TRUE(report->text.ends_with("\r\n\r\n" + text));
}

TEST_F(WebFleet, WhatTheServerDidNotTakeIsToldAgainAfterTheNextQuestion) {
  struct Row {
    const char* answer;
    bool is_over;
  };
  for (const Row& row :
       {Row{"200 OK", true}, Row{"204 No Content", true}, Row{"400 Bad Request", true},
        Row{"404 Not Found", true}, Row{"401 Unauthorized", true},
        Row{"302 Found\r\nLocation: /elsewhere", false}, Row{"500 Internal Server Error", false},
        Row{"503 Service Unavailable\r\nRetry-After: 5", false}}) {
    SCOPED_TRACE(row.answer);
    start();
    News told;
    news = &told;
    pull([&](const Asked& asked) {
      const bool report = asked.path == "/d/report";
      return said(report ? row.answer : "204 No Content", {}, report ? "" : "Updraft-Poll: 60\r\n");
    }).run(90s);
    EXPECT_EQ(told.text.empty(), row.is_over);
    const std::string once = "next fresh report next", again = once + " report";
    EXPECT_EQ(paths(), row.is_over ? once : again);
    EXPECT_EQ(bench->log.words, "unchanged unchanged") << "and it goes on asking";
  }
}

TEST_F(WebFleet, ARefusalIsToldAtOnce) {
  News told;
  news = &told;
  pull([&](const Asked& asked) {
    return asked.path == "/d/report" ? said("204 No Content") : said("200 OK", Buffer(5000));
  }).run(1s);
  EXPECT_EQ(paths(), "next report");
  EXPECT_TRUE(told.text.empty());
}

TEST_F(WebFleet, NewsAreToldAsSoonAsTheyAreThere) {
  News told;
  told.text.clear();
  news = &told;
  pull([&](const Asked&) { return said("204 No Content"); }).run(1min);
  EXPECT_EQ(paths(), "next fresh");
  told.text = "{}";
  bench->pull.report(bench->now);
  bench->run(1s);
  EXPECT_EQ(paths(), "next fresh report");
  bench->run(2h);
  EXPECT_TRUE(paths().starts_with("next fresh report next"))
      << "the update is asked for when it was due";
}

TEST_F(WebFleet, APlainServerIsToldNothing) {
  start();
  News told;
  WebPull::Config config = WebPullBench::usual();
  config.reports = &told;
  config.member = {.id = "kitchen", .updater = &*updater, .signing = &*signing};
  bench.emplace(*updater, [&](const Asked&) { return said("304 Not Modified"); }, config);
  bench->pull.start(bench->now);
  bench->run(1min);
  EXPECT_FALSE(bench->requests.empty());
  for (const Asked& each : bench->requests) EXPECT_EQ(each.path, "/lamp/app.bin");
}

}  // namespace
}  // namespace updraft::link
