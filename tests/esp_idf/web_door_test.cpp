// A chip that fetches from a web server: with Mbed TLS itself, against OpenSSL.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/esp_idf/service_bench.hpp"
#include "tests/esp_idf/web_server.hpp"

namespace updraft::esp_idf {
namespace {

struct WebDoorTest : testing::Test {
  linux_port::TlsIdentity identity = linux_port::make_self_signed({kWebName});
  ServiceBench bench;
  void SetUp() override {
    bench.chip.net.names[kWebName] = "127.0.0.1";
    bench.config.allow_unsigned_https = bench.config.allow_unsigned_http = true;
    bench.config.pull_ca = identity.certificate.c_str();
  }
  std::string fetch(const WebServer& server) {
    bench.config.pull_url = server.url.c_str();
    if (bench.start() != ESP_OK || !bench.service->ask_to_pull(nullptr)) return "no start";
    (void)bench.turn_until([&] { return !bench.ends.empty(); });
    return bench.ends.back();
  }
};

TEST_F(WebDoorTest, FetchesByHttps) {
  const WebServer server(make_image("2.0.0", 60 * 1024), &identity);
  EXPECT_EQ(fetch(server), "ok");
  EXPECT_EQ(server.connections, 1);
}

TEST_F(WebDoorTest, FetchesByHttp) {
  const WebServer server(make_image("2.0.0", 60 * 1024), nullptr);
  EXPECT_EQ(fetch(server), "ok");
}

TEST_F(WebDoorTest, OnlyFromAServerWithTheRightCertificate) {
  const linux_port::TlsIdentity other = linux_port::make_self_signed({kWebName});
  const linux_port::TlsIdentity elsewhere = linux_port::make_self_signed({"elsewhere.local"});
  const Image next = make_image("2.0.0");
  struct Row {
    const linux_port::TlsIdentity& shown;
    const char* trusted;
  };
  for (const Row row :
       {Row{other, identity.certificate.c_str()}, Row{elsewhere, elsewhere.certificate.c_str()},
        Row{identity, nullptr}}) {  // the bundle does not know it
    ServiceBench each;
    each.chip.net.names[kWebName] = "127.0.0.1";
    const WebServer server(next, &row.shown);
    each.config.allow_unsigned_https = true;
    each.config.pull_ca = row.trusted;
    each.config.pull_url = server.url.c_str();
    ASSERT_EQ(each.start(), ESP_OK);
    ASSERT_TRUE(each.service->ask_to_pull(nullptr));
    EXPECT_TRUE(each.ends_with("auth_failed"));
    EXPECT_FALSE(each.events.empty());
  }
}

TEST_F(WebDoorTest, ACertificateIsNoSignatureUnlessTheProductSaysSo) {
  bench.config.allow_unsigned_https = false;
  const WebServer server(make_image("2.0.0", 60 * 1024), &identity);
  EXPECT_EQ(fetch(server), "unsigned");
  ServiceBench trusting;
  trusting.chip.net.names[kWebName] = "127.0.0.1";
  trusting.config.pull_ca = identity.certificate.c_str();
  trusting.config.pull_url = server.url.c_str();
  trusting.config.pull_server_proves = true;
  ASSERT_EQ(trusting.start(), ESP_OK);
  ASSERT_TRUE(trusting.service->ask_to_pull(nullptr));
  EXPECT_TRUE(trusting.ends_with("ok"));
}

TEST_F(WebDoorTest, GoesOnWhereTheLinkDropped) {
  const WebServer server(make_image("2.0.0", 60 * 1024), &identity, 30'000);
  EXPECT_EQ(fetch(server), "ok");
  EXPECT_EQ(server.connections, 2);
  EXPECT_LT(server.sent, 60 * 1024 + 16 * 1024) << "with two handshakes, and nothing twice";
  EXPECT_THAT(bench.ends, testing::ElementsAre("ok")) << "one session";
}

TEST_F(WebDoorTest, AfterTheRestartItKnowsWhatRuns) {
  const WebServer server(make_image("2.0.0", 60 * 1024), &identity);
  const std::size_t remembered = bench.chip.nvs.keys("updraft");
  ASSERT_EQ(fetch(server), "ok");
  ASSERT_TRUE(bench.turn_until([&] { return server.over == 1; }));
  // The chip has seen the end as well.
  ASSERT_TRUE(bench.turn_until([&] { return bench.chip.nvs.keys("updraft") > remembered; }));
  const std::uint64_t before = server.sent;
  ASSERT_TRUE(bench.power_on());
  bench.ends.clear();
  bench.config.pull_every_s = 3600;
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(bench.service->ask_to_pull(nullptr));
  ASSERT_TRUE(bench.turn_until([&] { return server.over == 2; }));
  EXPECT_LT(server.sent - before, 4096u) << "a handshake and a head";
  EXPECT_TRUE(bench.turn_until(
      [&] { return std::ranges::count(bench.events, UPDRAFT_EVENT_UNCHANGED) == 1; }));
  EXPECT_TRUE(bench.ends.empty()) << "no update began";
}

TEST_F(WebDoorTest, SaysWhatCannotWork) {
  bench.config.pull_url = "https://updates.local/app.bin";
  bench.config.pull_ca = "nonsense";
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  bench.config.pull_ca = identity.certificate.c_str();
  bench.config.pull_fields = "X-Device: kitchen";
  EXPECT_EQ(bench.start(), ESP_ERR_INVALID_ARG);
  bench.config.pull_fields = "X-Device: kitchen\r\n";
  ASSERT_EQ(bench.start(), ESP_OK);
  EXPECT_FALSE(bench.service->ask_to_pull("http://updates.local/app.bin")) << "not of that kind";
  EXPECT_TRUE(bench.service->ask_to_pull("https://updates.local/other.bin"));
}

TEST_F(WebDoorTest, ANameThatNobodyKnowsIsUnreachable) {
  bench.config.pull_url = "https://nobody.local/app.bin";
  ASSERT_EQ(bench.start(), ESP_OK);
  ASSERT_TRUE(bench.service->ask_to_pull(nullptr));
  EXPECT_TRUE(bench.ends_with("unreachable"));
}

TEST(PullUrl, OfAWebServerHasAPathAndMayHaveAPort) {
  const auto plain = parse_pull_url("https://updates.local/lamp/app.bin");
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->scheme, kHttps);
  EXPECT_STREQ(plain->host.data(), "updates.local");
  EXPECT_EQ(plain->port, 443);
  EXPECT_EQ(parse_pull_url("http://updates.local:8080/a:b")->port, 8080);
  EXPECT_FALSE(parse_pull_url("https://updates.local"));
  EXPECT_FALSE(parse_pull_url("https:///app.bin"));
}

}  // namespace
}  // namespace updraft::esp_idf
