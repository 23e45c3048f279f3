// What a chip tells the server of its fleet of what became of updates.
#include "ports/esp_idf/fleet_reports.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/service_bench.hpp"
#include "tests/esp_idf/web_server.hpp"

namespace updraft::esp_idf {
namespace {

// Has nothing new, and answers reports as it is told to.
class FleetServer {
 public:
  FleetServer() : port_(free_port()) {
    url = std::string("http://") + kWebName + ":" + std::to_string(port_) + "/d/next";
    listener_ = listen_on(port_);
    bodies.reserve(64);  // none is moved while another one arrives
    thread_ = std::thread([this] { serve(); });
  }
  ~FleetServer() {
    (void)::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    (void)::close(listener_);
  }
  FleetServer(const FleetServer&) = delete;
  FleetServer& operator=(const FleetServer&) = delete;
  std::string url;
  std::atomic<const char*> answer = "204 No Content";
  std::atomic<bool> asks = false;
  std::atomic<int> reports = 0, questions = 0;
  std::vector<std::string> bodies;  // of reports; looked at once `reports` has counted them

 private:
  void serve() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      std::string said;
      std::array<char, 4096> buffer;
      while (!is_whole(said)) {
        const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
        if (got <= 0) break;
        said.append(buffer.data(), static_cast<std::size_t>(got));
      }
      const bool is_report = said.starts_with("POST /d/report ");
      const std::string text = std::string("HTTP/1.1 ") +
                               (is_report ? answer.load() : "204 No Content") +
                               "\r\nContent-Length: 0\r\nConnection: close\r\n" +
                               (asks ? "Updraft-Hello: 1\r\n" : "") + "\r\n";
      send_all(socket, as_bytes(text));
      (void)::close(socket);
      if (!is_report) ++questions;
      if (!is_report) continue;
      bodies.push_back(said.substr(said.find("\r\n\r\n") + 4));
      ++reports;
    }
  }
  static bool is_whole(const std::string& said) {
    const std::size_t end = said.find("\r\n\r\n");
    if (end == said.npos) return false;
    const std::size_t field = said.find("Content-Length: ");
    const std::size_t body = field < end ? std::stoul(said.substr(field + 16)) : 0;
    return said.size() >= end + 4 + body;
  }

  const std::uint16_t port_;
  int listener_ = -1;
  std::thread thread_;
};

struct FleetReportsTest : testing::Test {
  FleetServer server;
  ServiceBench bench;
  void SetUp() override {
    bench.chip.net.names[kWebName] = "127.0.0.1";
    bench.config.pull_url = server.url.c_str();
    bench.config.pull_id = "kitchen";
  }
  void start() { ASSERT_EQ(bench.start(), ESP_OK); }
  // What the server hears when the chip asks it once more, in so many reports.
  std::string told(int reports = 1) {
    const auto before = static_cast<std::size_t>(server.reports);
    if (!bench.service->ask_to_pull(nullptr)) return "no start";
    (void)bench.turn_until([&] { return server.reports >= static_cast<int>(before) + reports; });
    // Once it asks again it has seen the answer.
    const int asked = server.questions;
    (void)bench.service->ask_to_pull(nullptr);
    (void)bench.turn_until([&] { return server.questions > asked; });
    std::string all;
    for (std::size_t i = before; i < before + static_cast<std::size_t>(reports); ++i) {
      all += server.bodies[i];
    }
    return all;
  }
};

// Each time that a hello is asked for it takes a number, also where nothing comes of it.
std::string hello(int number, const std::string& version,
                  const std::string& more = R"("attrs":{})") {
  return R"({"id":"kitchen","events":[{"n":)" + std::to_string(number) +
         R"(,"event":"hello","version":")" + version +
         R"(","project":"demo","chip":"esp32","slot_size":196608,"codecs":["plain"],)" + more +
         "}]}";
}

constexpr const char* kInstalled =
    R"({"id":"kitchen","events":[{"n":1,"event":"update","result":"ok","scheme":"raw","version":"2.0.0"}]})";

TEST_F(FleetReportsTest, TellsOfAnInstallAfterTheRestartAndOfItsConfirmation) {
  start();
  ASSERT_EQ(bench.install(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_EQ(told(2), kInstalled + hello(66, "2.0.0"));
  bench.service->trial().ask_to_confirm();
  ASSERT_TRUE(bench.turn_until(
      [&] { return std::ranges::count(bench.events, UPDRAFT_EVENT_CONFIRMED) == 1; }));
  EXPECT_EQ(told(), R"({"id":"kitchen","events":[{"n":67,"event":"confirm"}]})");
  ASSERT_TRUE(bench.power_on());
  start();
  ASSERT_EQ(bench.install(Image(1000)), "not_an_image");
  EXPECT_THAT(told(),
              testing::StartsWith(
                  R"({"id":"kitchen","events":[{"n":129,"event":"update","result":"refused",)"))
      << "what the server has is not told again";
}

TEST_F(FleetReportsTest, WhatTheServerDidNotTakeIsToldAgain) {
  start();
  ASSERT_EQ(bench.install(make_image("2.0.0")), "ok");
  ASSERT_TRUE(bench.power_on());
  start();
  server.answer = "503 Service Unavailable";
  EXPECT_EQ(told(), kInstalled);
  ASSERT_TRUE(bench.power_on());
  start();
  EXPECT_EQ(told(), kInstalled);
}

TEST_F(FleetReportsTest, SaysWhoItIsWhereThatHasChangedAndWhereItIsAsked) {
  const updraft_attribute_t attributes[] = {{"room", "bath"}};
  const std::string more = R"("tz":"Europe/Berlin","attrs":{"room":"bath"})";
  start();
  server.answer = "500 Internal Server Error";
  EXPECT_EQ(told(), hello(2, "1.0.0"));
  ASSERT_TRUE(bench.turn_until([&] { return server.reports == 2; }));
  server.answer = "204 No Content";
  EXPECT_EQ(told(), hello(6, "1.0.0")) << "the question after the first one had it again";
  ASSERT_TRUE(bench.power_on());
  bench.config.pull_time_zone = "Europe/Berlin";
  bench.config.pull_attributes = attributes;
  bench.config.pull_attribute_count = 1;
  start();
  EXPECT_EQ(told(), hello(66, "1.0.0", more));
  ASSERT_TRUE(bench.power_on());
  start();
  const int reports = server.reports;
  for (int i = 0; i < 2; ++i) {
    const int asked = server.questions;
    ASSERT_TRUE(bench.service->ask_to_pull(nullptr));
    ASSERT_TRUE(bench.turn_until([&] { return server.questions > asked; }));
  }
  EXPECT_EQ(server.reports, reports) << "nothing has changed";
  server.asks = true;
  EXPECT_EQ(told(), hello(130, "1.0.0", more));
}

TEST_F(FleetReportsTest, AttributesThatNoServerTakesAreRefusedAtTheStart) {
  std::array<updraft_attribute_t, link::kMostAttributes + 1> many{};
  many.fill({"a b", "v"});
  bench.config.pull_attributes = many.data();
  for (const std::size_t count : {std::size_t{1}, many.size()}) {
    bench.config.pull_attribute_count = count;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  }
  many[0] = {"room", nullptr};
  bench.config.pull_attribute_count = 1;
  EXPECT_EQ(bench.start(), ESP_OK);
}

TEST_F(FleetReportsTest, AnIdThatNoServerKnowsIsRefusedAtTheStart) {
  const std::string long_one(link::kMostPullId + 1, 'x');
  for (const char* const id : {"my kitchen", "kitch\xc3\xabn", long_one.c_str()}) {
    bench.config.pull_id = id;
    EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG) << id;
  }
  EXPECT_THAT(bench.chip.log, testing::Contains(testing::HasSubstr("pull_id: want 1 to 64")));
  bench.config.pull_id = long_one.c_str() + 1;
  EXPECT_EQ(bench.start(), ESP_OK);
}

updraft_event_t event_of(updraft_event_id_t id) {
  updraft_event_t event{};
  event.id = id;
  event.code = "aborted";
  event.message = "The sender went away before the end; send it again.";
  return event;
}

// Without NVS too: what is there fits in a report, and what was forgotten is no gap in the text.
TEST(FleetReports, KeepsTheLatest) {
  const ServiceBench chip;  // which has the log
  updraft_config_t config{};
  config.pull_id = "kitchen";
  const format::ImageInfo running{};
  FleetReports reports(config);
  reports.load(0, running, 0);
  EXPECT_FALSE(reports.report().empty()) << "the hello";
  reports.reported(true);
  EXPECT_TRUE(reports.report().empty());
  for (std::size_t i = 0; i < kKeptEvents + 3; ++i) reports.note(event_of(UPDRAFT_EVENT_ENDED));
  reports.note(event_of(UPDRAFT_EVENT_PROGRESS));
  std::string all;
  while (true) {
    const std::string text(as_text(reports.report()));
    if (text.empty()) break;
    EXPECT_LE(text.size(), link::kMostReportBytes);
    EXPECT_TRUE(text.starts_with(R"({"id":"kitchen","events":[{"n":)") && text.ends_with("}]}"))
        << text;
    all += text;
    reports.reported(true);
  }
  for (std::size_t n = 1; n <= kKeptEvents + 3; ++n) {
    const bool kept = n > 3;
    EXPECT_EQ(all.find("{\"n\":" + std::to_string(n + 1) + ",") != all.npos, kept) << n;
  }
  reports.accepted();
  EXPECT_EQ(as_text(reports.report()),
            R"({"id":"kitchen","events":[{"n":13,"event":"accepted"}]})");
}

}  // namespace
}  // namespace updraft::esp_idf
