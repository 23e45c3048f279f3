// A package on a web server whose image and index stand beside it: what is fetched, and in which
// order; after a cut of the connection or of the power, only what is missing.
#include <chrono>
#include <functional>

#include <gtest/gtest.h>

#include "engine/signing/test_parts.hpp"
#include "protocols/pull/web_pull_bench.hpp"

namespace updraft::link {
namespace {

using namespace std::chrono_literals;

constexpr const char *kHead = "/lamp/lamp.suit", *kIndex = "/lamp/lamp-7.ix",
                     *kImage = "/lamp/lamp-7.bin";

class WebParts : public testing::Test, protected SignedBench {
 protected:
  WebParts() {
    start(desk.key_set(1, desk.release_key));
    put(files_apart(desk, image, {.sequence = 7}));
  }
  void put(const PackageFiles& made) {
    files = made;
    folder.put(kHead, made.head);
    folder.put(kIndex, made.index);
    folder.put(kImage, made.transfer);
  }
  WebPullBench::Server server() {
    return [this](const Asked& asked) { return folder.answer(asked); };
  }
  WebPullBench& pull(WebPullBench::Server what, std::string_view fields = {}) {
    WebPull::Config config = WebPullBench::usual();
    config.url = "https://updates.example/lamp/lamp.suit";
    config.fields = fields;
    bench.emplace(*updater, std::move(what), config);
    bench->pull.start(bench->now);
    return *bench;
  }
  std::string asked() const {
    std::string all;
    for (const Asked& each : bench->requests) {
      all +=
          each.path.substr(each.path.rfind('/') + 1) + " " + each.field("Range").substr(6) + "\n";
    }
    return all;
  }

  FolderServer folder;
  Buffer image = demo_image("2.0.0", 600 * 1024);
  PackageFiles files;
  std::optional<WebPullBench> bench;
};

TEST_F(WebParts, AreFetchedInTurnOverOneConnection) {
  pull(server()).once();
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_TRUE(holds(image));
  EXPECT_EQ(bench->connections, 1u);
  EXPECT_EQ(asked(),
            "lamp.suit 0-4095\nlamp-7.ix 0-4095\nlamp-7.bin 0-524287\nlamp-7.ix 4096-4799\n"
            "lamp-7.bin 524288-614399\n");
  EXPECT_EQ(folder.sent[kImage], image.size());
  EXPECT_EQ(bench->requests[1].field("If-Range"), "") << "the package says what they hold";
}

TEST_F(WebParts, NothingIsFetchedWhereNothingChanged) {
  pull(server()).once();
  restart();
  ASSERT_TRUE(updater->confirm().has_value());
  folder.sent.clear();
  pull(server()).run(3h);
  EXPECT_TRUE(bench->log.words.starts_with("current unchanged unchanged")) << bench->log.words;
  EXPECT_EQ(folder.sent[kHead], files.head.size());
  EXPECT_EQ(folder.sent[kIndex] + folder.sent[kImage], 0u);
}

// The connection is lost after any number of bytes of all answers: nothing comes twice.
TEST_F(WebParts, ACutConnectionGoesOnAtTheNextByte) {
  image = demo_image("2.0.0", 20 * 1024);
  const PackageFiles small = files_apart(desk, image, {.sequence = 7});
  for (std::size_t cut = 1; cut < 23'000; cut += 97) {
    SCOPED_TRACE(cut);
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    start();
    folder = {};
    put(small);
    std::size_t left = cut, lost = 0;
    pull([&](const Asked& question) -> Said {
      Said said = folder.answer(question);
      if (left < said.bytes.size()) {
        lost = said.bytes.size() - std::max(left, said.bytes.find("\r\n\r\n") + 4);
        said = {said.bytes.substr(0, left), Said::reset};
        left = SIZE_MAX;
      } else if (left != SIZE_MAX) {
        left -= said.bytes.size();
      }
      return said;
    }).run(2min);
    ASSERT_EQ(word(bench->log.last), "ok");
    ASSERT_TRUE(holds(image));
    const std::size_t all = files.head.size() + files.index.size() + image.size();
    // A head of which only a part arrived is asked for again.
    ASSERT_LE(folder.sent[kHead] + folder.sent[kIndex] + folder.sent[kImage],
              all + lost + files.head.size());
    ASSERT_LE(folder.sent[kIndex] + folder.sent[kImage], all - files.head.size() + lost);
  }
}

// The device is switched off after so many bytes of the image.
TEST_F(WebParts, APowerCutCostsAChunkAndAPage) {
  for (const std::size_t cut : {1u, 4'096u, 33'000u, 200'000u, 524'288u, 530'000u, 614'399u}) {
    SCOPED_TRACE(cut);
    boot.slots[1].bytes.assign(boot.slots[1].bytes.size(), std::byte{0xFF});
    memory_flash.bytes.assign(memory_flash.bytes.size(), std::byte{0xFF});
    start();
    folder.sent.clear();
    std::size_t arrived = 0;
    pull([&](const Asked& question) -> Said {
      Said said = folder.answer(question);
      if (question.path != kImage) return said;
      const std::size_t head = said.bytes.find("\r\n\r\n") + 4;
      const std::size_t part = std::min(said.bytes.size() - head, cut - arrived);
      arrived += part;
      said.bytes.resize(head + part);
      if (arrived == cut) said.then = Said::silence;
      return said;
    }).once();
    start();
    folder.sent.clear();
    pull(server()).once();
    ASSERT_EQ(bench->log.words, "installed");
    ASSERT_TRUE(holds(image));
    EXPECT_LE(folder.sent[kImage], image.size() - cut + suit::kChunkBytes);
    EXPECT_LE(
        folder.sent[kIndex],
        std::max<std::size_t>(suit::kPageBytes, files.index.size() - (cut < 524'288 ? 0 : 4096)));
    start();
  }
}

TEST_F(WebParts, AServerWithoutRangesWorks) {
  folder.ranges = false;
  pull(server()).run(1min);
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_TRUE(holds(image));
}

// Files beside a package are found beside the URL, whatever the server of one of them is.
TEST_F(WebParts, ARedirectHoldsForItsFileAndKeepsTheTokenAtHome) {
  pull(
      [&](const Asked& question) -> Said {
        const bool away = question.text.find("Host: cdn.example") != std::string::npos;
        EXPECT_EQ(question.field("X-Token"), away ? "" : "mine");
        if (question.path == kImage && !away) {
          return {
              "HTTP/1.1 302 Found\r\nContent-Length: 0\r\n"
              "Location: https://cdn.example/lamp/lamp-7.bin\r\n\r\n"};
        }
        return folder.answer(question);
      },
      "X-Token: mine\r\n")
      .run(1min);
  EXPECT_EQ(bench->log.words, "installed");
  EXPECT_TRUE(holds(image));
  EXPECT_EQ(bench->hosts,
            "updates.example:443 cdn.example:443 updates.example:443 cdn.example:443");
}

struct WrongPart {
  const char* name;
  std::function<Said(const Said&)> spoil;  // an answer for the image
  Code code;
};

TEST_F(WebParts, WhateverIsWrongWithAPartHasItsCode) {
  const auto with = [](const Said& said, std::string_view from, std::string_view to) {
    std::string bytes = said.bytes;
    const std::size_t at = bytes.find(from);
    if (at != bytes.npos) bytes.replace(at, from.size(), to);
    return Said{bytes};
  };
  const WrongPart rows[] = {
      {"it is not there",
       [](auto&) { return Said{"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n"}; },
       Code::http_status},
      {"another size", [&](auto& said) { return with(said, "/614400", "/614401"); },
       Code::size_mismatch},
      {"another beginning", [&](auto& said) { return with(said, "bytes 0-", "bytes 1-"); },
       Code::protocol},
      {"another end", [&](auto& said) { return with(said, "-524287/", "-524286/"); },
       Code::protocol},
      {"shorter, as a whole",
       [](auto&) { return Said{"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"}; },
       Code::size_mismatch},
      {"packed", [&](auto& said) { return with(said, "ETag", "Content-Encoding: gzip\r\nETag"); },
       Code::protocol},
      {"416", [](auto&) { return Said{"HTTP/1.1 416 No\r\nContent-Length: 0\r\n\r\n"}; },
       Code::size_mismatch},
      {"to http",
       [](auto&) { return Said{"HTTP/1.1 302 Go\r\nLocation: http://updates.example/a\r\n\r\n"}; },
       Code::http_status},
      {"a damaged chunk",
       [](auto& said) {
         Said damaged = said;
         damaged.bytes[damaged.bytes.find("\r\n\r\n") + 5'000] ^= 1;
         return damaged;
       },
       Code::chunk_mismatch},
  };
  for (const WrongPart& row : rows) {
    SCOPED_TRACE(row.name);
    start();
    pull([&](const Asked& question) -> Said {
      const Said said = folder.answer(question);
      return question.path == kImage ? row.spoil(said) : said;
    }).run(500ms);
    ASSERT_FALSE(bench->log.last);
    EXPECT_EQ(bench->log.last.error().code, row.code) << bench->log.words;
    EXPECT_FALSE(boot.selected);
    EXPECT_GE(bench->log.next_in, row.code == Code::chunk_mismatch ? 500ms : 15s) << "and it waits";
  }
}

// A mirror that sends wrong bytes costs a chunk: the URL itself is asked next.
TEST_F(WebParts, ADamagedChunkIsAskedForAgain) {
  bool damaged = false;
  pull([&](const Asked& question) -> Said {
    Said said = folder.answer(question);
    if (question.path == kImage && !damaged) {
      said.bytes[said.bytes.find("\r\n\r\n") + 300'000] ^= 1;
      damaged = true;
    }
    return said;
  }).run(1min);
  EXPECT_EQ(bench->log.words, "failed:chunk_mismatch installed");
  EXPECT_TRUE(holds(image));
  EXPECT_EQ(bench->requests[5].path, kImage);
  EXPECT_EQ(bench->requests[5].field("Range"), "bytes=299008-524287");
}

}  // namespace
}  // namespace updraft::link
