// What a device tells the server of its fleet of what became of updates: when, how often, and what
// the answers do to the update beside.
#include <chrono>
#include <utility>

#include "protocols/pull/web_fleet_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

class WebReport : public WebFleet {};

// What a port has to tell, in place of it.
struct News final : WebReports {
  Bytes report() override { return as_bytes(text); }
  void reported(bool taken) override {
    words += taken ? "taken " : "refused ";
    text = std::exchange(next, {});
  }
  void accepted() override { words += "accepted "; }
  void hello_wanted() override { words += "hello "; }
  std::string words, next;  // what was said to it; what there is to tell after that
  std::string text = R"({"id":"kitchen","events":[{"n":1,"event":"confirm"}]})";
};

TEST_F(WebReport, TellsWhatHappenedOnce) {
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

TEST_F(WebReport, WhatTheServerDidNotTakeIsToldAgainAfterTheNextQuestion) {
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
    const bool taken = row.answer[0] == '2';
    EXPECT_EQ(told.words, taken ? "taken " : row.is_over ? "refused " : "");
    const std::string once = "next fresh report next", again = once + " report";
    EXPECT_EQ(paths(), row.is_over ? once : again);
    EXPECT_EQ(bench->log.words, "unchanged unchanged") << "and it goes on asking";
  }
}

TEST_F(WebReport, ARefusalIsToldAtOnce) {
  News told;
  news = &told;
  pull([&](const Asked& asked) {
    return asked.path == "/d/report" ? said("204 No Content") : said("200 OK", Buffer(5000));
  }).run(1s);
  EXPECT_EQ(paths(), "next report");
  EXPECT_TRUE(told.text.empty());
}

TEST_F(WebReport, NewsAreToldAsSoonAsTheyAreThere) {
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

TEST_F(WebReport, APlainServerIsToldNothing) {
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

TEST_F(WebReport, WhatDidNotFitFollowsAtOnce) {
  News told;
  told.next = "{}";
  news = &told;
  pull([&](const Asked&) { return said("204 No Content"); }).run(1min);
  EXPECT_EQ(paths(), "next fresh report report");
  EXPECT_EQ(bench->requests.back().text.substr(bench->requests.back().text.size() - 2), "{}");
}

TEST_F(WebReport, OnlyAnAnswerToTheQuestionAsksWhoItIs) {
  News told;
  news = &told;
  pull([&](const Asked& asked) {
    const bool question = asked.path.starts_with("/d/next");
    return said("204 No Content", {}, question ? "Updraft-Hello: 0\r\n" : "Updraft-Hello: 1\r\n");
  }).run(1min);
  EXPECT_EQ(told.words, "taken ") << "else a server could have it told for ever";
  pull([&](const Asked&) { return said("204 No Content", {}, "Updraft-Hello: 1\r\n"); }).run(1min);
  EXPECT_EQ(told.words, "taken hello ");
}

// A package whose files stand beside it, from a server that answers reports in its own way.
class WebAccepted : public WebReport {
 protected:
  WebAccepted() {
    const PackageFiles files = files_apart(desk, image, {.sequence = 7});
    folder.put("/d/lamp-7.ix", files.index);
    folder.put("/d/lamp-7.bin", files.transfer);
    head = files.head;
    news = &told;
  }
  void run(const Said& answer, Millis time = 1s) {
    pull([this, answer](const Asked& asked) -> Said {
      if (asked.path.starts_with("/d/next?")) return said("200 OK", head, fields);
      if (asked.path == "/d/report") return answer;
      return folder.answer(asked);
    }).run(time);
  }
  News told;
  Buffer image = demo_image("2.0.0", 20 * 1024), head;
  FolderServer folder;
  std::string fields;
};

TEST_F(WebAccepted, IsToldBeforeTheRestComesOnTheSameConnection) {
  run(said("204 No Content"));
  EXPECT_EQ(paths(), "next report lamp-7.ix lamp-7.bin");
  EXPECT_EQ(told.words, "accepted taken ");
  EXPECT_EQ(bench->connections, 1u);
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_TRUE(holds(image));
}

TEST_F(WebAccepted, WhateverTheAnswerTheUpdateGoesOn) {
  struct Row {
    const char* what;
    Said answer;
    const char* words;
    std::size_t connections;
  };
  const std::string close = "Connection: close\r\n";
  for (const Row& row :
       {Row{"with a text", said("200 OK", Buffer(100)), "accepted taken ", 1},
        Row{"refused", said("404 Not Found", Buffer(100)), "accepted refused ", 1},
        Row{"trouble", said("500 Internal Server Error"), "accepted ", 1},
        Row{"elsewhere", said("302 Found", {}, "Location: http://other.example/\r\n"), "accepted ",
            1},
        Row{"the last one", said("204 No Content", {}, close), "accepted taken ", 2},
        Row{"long", said("200 OK", Buffer(kPullTold + 1)), "accepted taken ", 2},
        Row{"without end", {"HTTP/1.1 200 OK\r\n\r\nlong", Said::fin}, "accepted taken ", 2},
        Row{"cut",
            {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n", Said::reset},
            "accepted taken ",
            2},
        Row{"no head", {"HTTP/1.1 20", Said::reset}, "accepted ", 2},
        Row{"no HTTP", {"hello"}, "accepted ", 2},
        Row{"packed", said("200 OK", {}, "Content-Encoding: gzip\r\n"), "accepted ", 2},
        Row{"silent", {"", Said::silence}, "accepted ", 2}}) {
    SCOPED_TRACE(row.what);
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    signing_flash.bytes.assign(signing_flash.bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    start(desk.fresh_set(1));
    told = {};
    run(row.answer, 1min);
    EXPECT_TRUE(bench->log.words.ends_with("installed")) << bench->log.words;
    EXPECT_EQ(told.words, row.words);
    EXPECT_EQ(bench->connections, row.connections);
    EXPECT_TRUE(holds(image));
    EXPECT_EQ(folder.sent["/d/lamp-7.bin"], image.size()) << "nothing was sent twice";
    folder.sent.clear();
  }
}

TEST_F(WebAccepted, WhoWasLedElsewhereTellsItsOwnServerAfterwards) {
  pull([this](const Asked& asked) -> Said {
    const bool home = bench->hosts.ends_with("fleet.example:443");
    if (asked.path.starts_with("/d/next?") && home) {
      return said("302 Found", {}, "Location: https://cdn.example/d/head\r\n");
    }
    EXPECT_TRUE(home || asked.path != "/d/report");
    if (asked.path == "/d/head") return said("200 OK", head, "Updraft-Hello: 1\r\n");
    return folder.answer(asked);
  }).run(1s);
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_EQ(told.words, "accepted ") << "and another server does not ask who it is";
}

TEST_F(WebAccepted, IsNotSaidOfWhatIsRefused) {
  head[head.size() / 2] ^= std::byte{1};
  run(said("204 No Content"));
  EXPECT_EQ(bench->log.words.substr(0, 6), "failed");
  EXPECT_EQ(told.words.find("accepted"), told.words.npos) << told.words;
}

TEST_F(WebAccepted, TheServerMayAskWhoItIsWithAPackage) {
  fields = "Updraft-Hello: 1\r\n";
  run(said("204 No Content"));
  EXPECT_EQ(told.words, "hello accepted taken ");
}

}  // namespace
}  // namespace updraft::link
