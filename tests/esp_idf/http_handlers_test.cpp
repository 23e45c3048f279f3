#include "ports/esp_idf/http_handlers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "protocols/link/test_form.hpp"
#include "tests/esp_idf/fake_http.hpp"
#include "tests/esp_idf/service_bench.hpp"
#include "web/ota_page.hpp"

namespace updraft::esp_idf {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const FakeHttp::Fields kHost = {{"Host", "192.168.4.1"}};

struct HttpHandlersTest : testing::Test {
  void SetUp() override {
    bench.chip.real_time = false;
    bench.config.allow_unsigned_ws = true;
    start();
  }
  void start(const char* password = nullptr) {
    ASSERT_EQ(bench.start(), ESP_OK);
    handlers.emplace(
        *bench.service,
        updraft_http_t{.port = 80, .tls = false, .name = "thermo.local", .password = password});
    ASSERT_EQ(handlers->open(&server), ESP_OK);
  }
  void pass(int seconds) {
    bench.chip.microseconds += seconds * std::int64_t{1'000'000};
    (void)bench.service->turn(Millis{0});
    server.work();
  }
  int connect(const FakeHttp::Fields& fields = kHost) {
    const int socket = server.connect(fields);
    pass(0);  // the update task has the server say what there is to say
    return socket;
  }
  // Sends `image` chunk by chunk, as it is asked for; the last thing said.
  std::string push(int socket, const Image& image) {
    (void)server.send(socket,
                      "{\"name\":\"otaSize\",\"value\":" + std::to_string(image.size()) + "}");
    std::size_t at = 0;
    std::string last;
    while (true) {
      const auto said = server.said(socket);
      if (said.empty()) return last;
      last = said.back();
      if (last.find("otaGetChunk") == std::string::npos) return last;
      const Bytes chunk = at_most(Bytes(image).subspan(at), kHttpChunk);
      at += chunk.size();
      if (!server.send(socket, HTTPD_WS_TYPE_BINARY, chunk)) return last;
    }
  }

  ServiceBench bench;
  std::optional<HttpHandlers> handlers;
  FakeHttp server;  // goes first, as on a chip, and ends its sessions
};

TEST_F(HttpHandlersTest, ServesThePageWithItsPolicy) {
  const FakeReply page = server.get("/ota", kHost);
  EXPECT_EQ(page.status, "200 OK");
  EXPECT_EQ(page.fields.at("Content-Encoding"), "gzip");
  EXPECT_EQ(page.fields.at("Content-Security-Policy"), web::ota_page_policy());
  EXPECT_EQ(page.fields.at("X-Content-Type-Options"), "nosniff");
  EXPECT_LE(page.fields.size(), 6u) << "the server has room for 8 by default";
  EXPECT_EQ(page.body.size(), web::ota_page_gzip().size());
}

TEST_F(HttpHandlersTest, ServesTheStatusDocument) {
  const FakeReply status = server.get("/ota/status", {{"Host", "thermo.local"}});
  EXPECT_EQ(status.type, "application/json");
  for (const char* member : {"\"version\":\"1.0.0\"", "\"chip\":\"esp32c3\"", "\"slot\":\"ota_0\"",
                             "\"slot_bytes\":196608", "\"policy\":\"unsigned\"",
                             "\"previous\":null", "\"update\":\"idle\""}) {
    EXPECT_THAT(status.body, HasSubstr(member));
  }
}

// The memory of requests and WebSockets is there while there is one; without, 503 says so.
TEST_F(HttpHandlersTest, BorrowsItsMemory) {
  if (bench.config.reserve_memory) GTEST_SKIP() << "all of it is there";
  const int before = FakeChip::pieces;
  bench.chip.heap = 2000;
  EXPECT_EQ(server.get("/ota", kHost).status, "200 OK") << "the page is in flash";
  EXPECT_EQ(server.get("/ota/status", kHost).status, "503 Service Unavailable");
  EXPECT_THAT(bench.chip.log, Contains(HasSubstr("are not free in one piece")));
  bench.chip.heap = 1 << 20;
  EXPECT_EQ(server.get("/ota/status", kHost).status, "200 OK");
  EXPECT_EQ(FakeChip::pieces, before);
  const int first = connect(), second = connect();
  EXPECT_EQ(FakeChip::pieces, before + 1);
  EXPECT_EQ(server.get("/ota/status", kHost).status, "200 OK");
  server.close(first);
  EXPECT_EQ(FakeChip::pieces, before + 1);
  server.close(second);
  EXPECT_EQ(FakeChip::pieces, before);
}

TEST_F(HttpHandlersTest, RefusesOtherNamesAndOtherSites) {
  EXPECT_THAT(server.get("/ota", {{"Host", "evil.test"}}).status, HasSubstr("421"));
  EXPECT_THAT(server.get("/ota/status", {}).status, HasSubstr("421"));
  EXPECT_THAT(server.get("/ota", {{"Host", std::string(500, 'a')}}).status, HasSubstr("400"));
  EXPECT_THAT(server.get("/ota/ws", kHost).status, HasSubstr("426"));
  EXPECT_EQ(server.connect({{"Host", "evil.test"}, {"Origin", "http://evil.test"}}), -1);
  EXPECT_EQ(server.connect({{"Host", "192.168.4.1"}, {"Origin", "http://evil.test"}}), -1);
  EXPECT_NE(server.connect({{"Host", "192.168.4.1"}, {"Origin", "http://192.168.4.1"}}), -1);
}

TEST_F(HttpHandlersTest, TakesAnUpdateAndRestartsWhenToldTo) {
  const int socket = server.connect(kHost);
  ASSERT_NE(socket, -1);
  EXPECT_THAT(push(socket, make_image("2.0.0", 150 * 1024)), HasSubstr("otaEnd"));
  pass(5);
  EXPECT_FALSE(bench.chip.restarted) << "the peer says when";
  (void)server.send(socket, "{\"name\":\"otaRestartEsp\",\"value\":0}");
  pass(1);
  pass(2);
  EXPECT_TRUE(bench.chip.restarted);
  server.close(socket);
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

// What `curl --data-binary` and `curl -F` send.
struct UploadTest : HttpHandlersTest {
  void SetUp() override {
    bench.chip.real_time = false;
    bench.config.allow_unsigned_http = true;
    start();
  }
  static FakeHttp::Fields with(FakeHttp::Fields more, std::size_t length) {
    more.insert({{"Host", "192.168.4.1"}, {"Content-Length", std::to_string(length)}});
    return more;
  }
  FakeReply post(std::string_view body, FakeHttp::Fields more = {{"X-Updraft", "1"}},
                 std::size_t piece = 1460, std::size_t cut = SIZE_MAX) {
    return server.post("/ota", with(std::move(more), body.size()), body, piece, cut);
  }
};

TEST_F(UploadTest, TakesAFileAndRestarts) {
  const Image image = make_image("2.0.0", 150 * 1024);
  const FakeReply reply = post(as_text(image), {{"X-Updraft", "1"}, {"Expect", "100-continue"}});
  EXPECT_EQ(reply.status, "200 OK");
  EXPECT_EQ(reply.type, "application/json");
  EXPECT_THAT(reply.body, HasSubstr("\"result\":\"ok\""));
  EXPECT_EQ(reply.before, "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_LE(reply.fields.size(), 6u);
  pass(1);
  pass(2);
  EXPECT_TRUE(bench.chip.restarted);
  ASSERT_TRUE(bench.power_on());
  EXPECT_EQ(bench.chip.running(), "2.0.0");
}

TEST_F(UploadTest, TakesTheFileOfAForm) {
  const Image image = make_image("2.0.0");
  const FakeReply reply =
      post(link::form_of("----x", as_text(image)),
           {{"X-Updraft", "1"}, {"Content-Type", "multipart/form-data; boundary=----x"}}, 777);
  EXPECT_EQ(reply.status, "200 OK") << reply.body;
}

TEST_F(UploadTest, RefusesByTheHead) {
  const std::string body(5000, 'x');
  EXPECT_THAT(post(body, {}).status, HasSubstr("403"));
  EXPECT_THAT(post(body, {{"X-Updraft", "1"}, {"Origin", "http://evil.test"}}).status,
              HasSubstr("403"));
  EXPECT_THAT(post(body, {{"X-Updraft", "1"}, {"Transfer-Encoding", "chunked"}}).status,
              HasSubstr("400"));
  EXPECT_THAT(server.post("/ota", {{"Host", "192.168.4.1"}, {"X-Updraft", "1"}}, "").status,
              HasSubstr("411"));
  EXPECT_THAT(server.post("/ota", with({{"X-Updraft", "1"}, {"Host", "evil.test"}}, 0), "").status,
              HasSubstr("421"));
  EXPECT_THAT(post(body, {{"X-Updraft", "1"}, {"Authorization", std::string(4000, 'x')}}).status,
              HasSubstr("431"));
  EXPECT_THAT(post(std::string(1 << 20, 'x')).status, HasSubstr("413"));
  EXPECT_THAT(post("").status, HasSubstr("400"));
  EXPECT_THAT(post("<html>").status, HasSubstr("422"));
}

TEST_F(UploadTest, WhatIsCutLeavesNothingBehind) {
  const Image image = make_image("2.0.0");
  for (const std::size_t cut :
       {std::size_t{0}, std::size_t{1}, image.size() / 2, image.size() - 1}) {
    EXPECT_THAT(post(as_text(image), {{"X-Updraft", "1"}}, 1460, cut).status, HasSubstr("400"));
  }
  pass(0);
  EXPECT_THAT(bench.ends, testing::Each("aborted"));
  EXPECT_EQ(post(as_text(image)).status, "200 OK");
}

TEST_F(UploadTest, HttpIsLetInByItself) {
  bench.config.allow_unsigned_http = false;
  HttpHandlersTest::SetUp();  // with ws alone
  EXPECT_THAT(post(as_text(make_image("2.0.0"))).status, HasSubstr("403"));
}

// A product that sets a password: only who knows it gets an order through, and the rest of the
// policy does not matter.
struct LoginTest : HttpHandlersTest {
  void SetUp() override {
    bench.chip.real_time = false;
    start("hunter2");
  }
  // Logs in by the challenge that was said; what the device answers.
  std::string answer(int socket, std::string_view password, const std::string& said) {
    link::Challenge challenge;
    std::ranges::copy(as_bytes(said.substr(said.size() - 10, 8)), challenge.begin());
    std::array<char, link::kWsAnswerBytes> room;
    (void)server.send(socket, link::ws_answer(link::answer_to(challenge, password), room));
    return server.said(socket).back();
  }
};

TEST_F(LoginTest, IsAskedForBeforeAnythingElse) {
  EXPECT_THAT(server.get("/ota/status", kHost).body,
              testing::AllOf(HasSubstr("\"login\":true"), HasSubstr("\"policy\":\"sender\""),
                             Not(HasSubstr("hunter2"))));
  const int socket = connect();
  const auto said = server.said(socket);
  ASSERT_THAT(said, ElementsAre(HasSubstr("otaLogin")));
  EXPECT_THAT(push(socket, make_image("2.0.0")), HasSubstr("Error start ota"));
  pass(0);
  EXPECT_THAT(bench.ends, ElementsAre("auth_failed"));
  EXPECT_THAT(answer(socket, "hunter2", said.back()), HasSubstr("\"ok\""));
  EXPECT_THAT(push(socket, make_image("2.0.0")), HasSubstr("otaEnd"));
}

TEST_F(LoginTest, IsAskedOfUploadsToo) {
  const Image image = make_image("2.0.0");
  const auto post = [&](const std::string& authorization) {
    return server.post("/ota",
                       {{"Host", "192.168.4.1"},
                        {"X-Updraft", "1"},
                        {"Content-Length", std::to_string(image.size())},
                        {"Authorization", authorization}},
                       as_text(image));
  };
  const FakeReply asked = post("");
  EXPECT_EQ(asked.status, "401 Unauthorized");
  const std::string challenge = asked.fields.at("WWW-Authenticate");
  EXPECT_THAT(challenge, testing::StartsWith("Digest realm=\"Updraft\""));
  const std::size_t at = challenge.find("nonce=\"") + 7;
  const std::string nonce = challenge.substr(at, challenge.find('"', at) - at);
  const auto answer_of = [&](std::string_view password) {
    const crypto::Md5Digest response = link::digest_response({.user = "u",
                                                              .realm = "Updraft",
                                                              .nonce = nonce,
                                                              .nc = "00000001",
                                                              .cnonce = "c",
                                                              .uri = "/ota"},
                                                             password, "POST");
    std::string hex(32, '0');
    write_hex(response, std::as_writable_bytes(std::span(hex)));
    return "Digest username=\"u\", realm=\"Updraft\", nonce=\"" + nonce +
           "\", uri=\"/ota\", qop=auth, nc=00000001, cnonce=\"c\", response=\"" + hex + "\"";
  };
  EXPECT_EQ(post(answer_of("guess")).status, "401 Unauthorized");
  EXPECT_THAT(post(answer_of("hunter2")).status, HasSubstr("429")) << "a second after a wrong one";
  pass(1);
  EXPECT_EQ(post(answer_of("hunter2")).status, "200 OK");
}

TEST_F(LoginTest, GuessesAreCountedOverSessions) {
  for (unsigned n = 0; n < link::kLoginLockAfter; ++n) {
    pass(1);
    const int socket = connect();
    EXPECT_THAT(answer(socket, "guess", server.said(socket).back()), HasSubstr("\"wrong\""));
    server.close(socket);
  }
  const int socket = connect();
  pass(0);
  EXPECT_THAT(server.said(socket), ElementsAre(HasSubstr("\"locked\""), "close 1008"));
  pass(60);
  const int later = connect();
  EXPECT_THAT(answer(later, "hunter2", server.said(later).back()), HasSubstr("\"ok\""));
}

TEST_F(LoginTest, AsksAgainASecondAfterAWrongOne) {
  const int socket = connect();
  EXPECT_THAT(answer(socket, "guess", server.said(socket).back()), HasSubstr("\"wrong\""));
  pass(1);
  const auto again = server.said(socket);
  ASSERT_THAT(again, ElementsAre(HasSubstr("otaLogin")));
  EXPECT_THAT(answer(socket, "hunter2", again.back()), HasSubstr("\"ok\""));
}

TEST_F(HttpHandlersTest, TellsWhyInTheStatusDocument) {
  const int socket = server.connect(kHost);
  EXPECT_THAT(push(socket, Image(9000, std::byte{'<'})), HasSubstr("otaError"));
  EXPECT_THAT(server.get("/ota/status", kHost).body, HasSubstr("\"code\":\"not_an_image\""));
}

TEST_F(HttpHandlersTest, TheEndOfASessionEndsItsUpdate) {
  const int socket = server.connect(kHost);
  (void)server.send(socket, "{\"name\":\"otaSize\",\"value\":100000}");
  (void)server.send(socket, HTTPD_WS_TYPE_BINARY, Bytes(make_image("2.0.0")).first(kHttpChunk));
  EXPECT_EQ(bench.service->updater().state(), UpdateState::writing);
  server.close(socket);
  EXPECT_EQ(bench.service->updater().state(), UpdateState::idle);
  const int next = server.connect(kHost);
  EXPECT_THAT(push(next, make_image("2.0.0")), HasSubstr("otaEnd"));
}

TEST_F(HttpHandlersTest, SilenceEndsAnUpdate) {
  const int socket = server.connect(kHost);
  (void)server.send(socket, "{\"name\":\"otaSize\",\"value\":100000}");
  (void)server.said(socket);
  pass(29);
  EXPECT_THAT(server.said(socket), IsEmpty());
  pass(2);
  EXPECT_EQ(bench.service->updater().state(), UpdateState::idle);
  pass(0);
  EXPECT_EQ(bench.ends.back(), "timeout");
}

TEST_F(HttpHandlersTest, AsksAnOpenPageAboutAnImageOnTrial) {
  EXPECT_THAT(push(server.connect(kHost), make_image("2.0.0")), HasSubstr("otaEnd"));
  server.sessions.clear();
  handlers.reset();
  ASSERT_TRUE(bench.power_on());
  server.handlers.clear();
  start();
  const int socket = connect();
  EXPECT_THAT(server.said(socket), ElementsAre(HasSubstr("otaCheckRollback")));
  (void)server.send(socket, "{\"name\":\"otaProcessRollback\",\"value\":\"false\"}");
  EXPECT_THAT(server.get("/ota/status", kHost).body, HasSubstr("\"state\":\"valid\""));
}

TEST_F(HttpHandlersTest, ATrialThatAPageEndedIsOver) {
  bench.config.is_healthy = [](void*) { return false; };
  EXPECT_THAT(push(server.connect(kHost), make_image("2.0.0")), HasSubstr("otaEnd"));
  server.sessions.clear();
  handlers.reset();
  ASSERT_TRUE(bench.power_on());
  server.handlers.clear();
  start();
  const int socket = server.connect(kHost);
  (void)server.send(socket, "{\"name\":\"otaProcessRollback\",\"value\":\"false\"}");
  for (int second = 0; second < 310; ++second) pass(1);
  EXPECT_FALSE(bench.service->trial().runs());
  EXPECT_FALSE(bench.chip.restarted);
  EXPECT_THAT(bench.chip.log, Not(Contains(HasSubstr("rolling back"))));
}

TEST_F(HttpHandlersTest, OpenPagesDoNotKeepAnUpdateOut) {
  std::vector<int> tabs;
  for (int i = 0; i < 5; ++i) {
    tabs.push_back(server.connect(kHost));
    ASSERT_NE(tabs.back(), -1);
    pass(1);
  }
  EXPECT_FALSE(server.is_open(tabs.front())) << "the oldest made room";
  EXPECT_THAT(push(tabs.back(), make_image("2.0.0")), HasSubstr("otaEnd"));
}

TEST_F(HttpHandlersTest, AnUpdateThatRunsIsNotThrownOut) {
  const int busy = server.connect(kHost);
  (void)server.send(busy, "{\"name\":\"otaSize\",\"value\":100000}");
  (void)server.send(busy, HTTPD_WS_TYPE_BINARY, Bytes(make_image("2.0.0")).first(64));
  for (int i = 0; i < 4; ++i) (void)server.connect(kHost);
  EXPECT_TRUE(server.is_open(busy));
}

TEST_F(HttpHandlersTest, AFrameBeyondTheChunkIsRefused) {
  const int socket = server.connect(kHost);
  (void)server.send(socket, "{\"name\":\"otaSize\",\"value\":100000}");
  EXPECT_FALSE(server.send(socket, HTTPD_WS_TYPE_BINARY, Image(kHttpChunk + 16)));
  EXPECT_THAT(server.said(socket).back(), "close 1009");
  EXPECT_EQ(bench.service->updater().state(), UpdateState::idle);
}

TEST(HttpHandlersOpen, LeavesNothingBehindIfTheServerIsFull) {
  ServiceBench bench;
  FakeHttp server;
  server.room = 2;
  ASSERT_EQ(bench.start(), ESP_OK);
  HttpHandlers handlers(*bench.service, {.port = 80, .tls = false, .name = nullptr});
  EXPECT_NE(handlers.open(&server), ESP_OK);
  EXPECT_TRUE(server.handlers.empty());
}

}  // namespace
}  // namespace updraft::esp_idf
