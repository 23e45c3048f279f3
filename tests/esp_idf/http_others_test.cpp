// esp32-ota's form and ElegantOTA's routes on the server of the application, by the C API.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/hex.hpp"
#include "engine/crypto/aes.hpp"
#include "engine/crypto/md5.hpp"
#include "protocols/link/link_cipher.hpp"
#include "protocols/link/test_form.hpp"
#include "tests/esp_idf/app.hpp"
#include "tests/esp_idf/fake_http.hpp"
#include "tests/esp_idf/program.hpp"
#include "updraft_http_elegant.h"
#include "updraft_http_form.h"

namespace updraft::esp_idf {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const FakeHttp::Fields kReached = {{"Host", "192.168.4.1"}};

FakeReply post_file(FakeHttp& server, const std::string& path, std::string_view file,
                    FakeHttp::Fields more = {}) {
  const std::string body = link::form_of("----x", file);
  more.insert({{"Host", "192.168.4.1"},
               {"Content-Type", "multipart/form-data; boundary=----x"},
               {"Content-Length", std::to_string(body.size())}});
  return server.post(path, more, body);
}

std::string md5_of(std::string_view file) {
  std::string hex(32, '0');
  write_hex(crypto::md5(as_bytes(file)), std::as_writable_bytes(std::span(hex)));
  return hex;
}

void start_page(FakeHttp& server, const char* password) {
  EXPECT_EQ(updraft_http_elegant_register(), ESP_ERR_INVALID_STATE) << "the page comes first";
  EXPECT_EQ(updraft_http_form_register(nullptr), ESP_ERR_INVALID_STATE);
  updraft_config_t config = updraft_config_default();
  config.allow_unsigned_form = config.allow_unsigned_elegant = password == nullptr;
  config.restart = false;
  ASSERT_EQ(updraft_start(&config), ESP_OK);
  updraft_http_t site = updraft_http_default();
  site.password = password;
  ASSERT_EQ(updraft_http_register(&server, &site), ESP_OK);
}

void the_form() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  FakeHttp server;
  server.room = 16;
  start_page(server, nullptr);
  updraft_http_form_t wrong{};
  EXPECT_EQ(updraft_http_form_register(&wrong), ESP_ERR_INVALID_VERSION);
  ASSERT_EQ(updraft_http_form_register(nullptr), ESP_OK);
  EXPECT_EQ(updraft_http_form_register(nullptr), ESP_ERR_INVALID_STATE);
  const FakeReply page = server.get("/", kReached);
  EXPECT_THAT(page.body, HasSubstr("<b>WiFi STA MAC:</b> a0:a1:a2:a3:a4:a5<br>"));
  EXPECT_THAT(page.body, HasSubstr("<b>Free RAM:</b> 123456B<br>"));
  EXPECT_THAT(page.body, HasSubstr("<b>APP Version:</b> 1.0.0<br>"));
  EXPECT_EQ(page.fields.at("Referrer-Policy"), "same-origin");
  EXPECT_THAT(page.fields.at("Content-Security-Policy"), HasSubstr("form-action 'self'"));
  EXPECT_THAT(server.get("/", {{"Host", "evil.test"}}).status, HasSubstr("421"));
  EXPECT_THAT(post_file(server, "/upload", "x", {{"Origin", "http://evil.test"}}).status,
              HasSubstr("403"));
  EXPECT_THAT(post_file(server, "/factory", "", {{"Origin", "null"}}).status, HasSubstr("403"));
  FakeReply reply = post_file(server, "/upload", "<html> and more of it, that is no image");
  EXPECT_EQ(reply.status, "422 Unprocessable Content");
  EXPECT_THAT(reply.body, HasSubstr("OTA write fail [0x1503]"));
  reply = server.post("/factory", {{"Host", "192.168.4.1"}, {"Content-Length", "0"}}, "");
  EXPECT_THAT(reply.body, HasSubstr("Fail to find factory partition, restarting..."));
  const Image image = make_image("2.0.0");
  reply = post_file(server, "/upload", as_text(image));
  EXPECT_EQ(reply.status, "200 OK");
  EXPECT_THAT(reply.body, HasSubstr("OTA OK, restarting..."));
}
TEST(UpdraftC, TheForm) { as_a_program(the_form); }

void the_form_encrypted() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  FakeHttp server;
  server.room = 16;
  start_page(server, nullptr);
  updraft_http_form_t form = updraft_http_form_default();
  form.aes = UPDRAFT_AES_256_CBC;
  form.key = "too short";
  EXPECT_EQ(updraft_http_form_register(&form), ESP_ERR_INVALID_ARG);
  form.key = "12345678901234567890123456789012";
  form.iv = "0123456789012345";
  ASSERT_EQ(updraft_http_form_register(&form), ESP_OK);
  Image image = make_image("2.0.0");
  EXPECT_THAT(post_file(server, "/upload", as_text(image)).body, HasSubstr("wrong_key"));
  const link::LinkCipher cipher =
      link::link_cipher(crypto::AesMode::cbc, form.key, form.iv).value();
  image.resize(align_up(image.size(), crypto::kAesBlock), std::byte{0xFF});
  crypto::Aes256 aes(cipher.mode, crypto::AesDirection::encrypt, cipher.key, cipher.iv);
  aes.process(image, image);
  EXPECT_THAT(post_file(server, "/upload", as_text(image)).body,
              HasSubstr("OTA OK, restarting..."));
}
TEST(UpdraftC, TheFormEncrypted) { as_a_program(the_form_encrypted); }

void elegant() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  FakeHttp server;
  server.room = 6;
  start_page(server, nullptr);
  EXPECT_NE(updraft_http_elegant_register(), ESP_OK) << "the server has no room";
  server.room = 16;
  ASSERT_EQ(updraft_http_elegant_register(), ESP_OK);
  EXPECT_EQ(updraft_http_elegant_register(), ESP_ERR_INVALID_STATE);
  EXPECT_EQ(server.get("/update", kReached).fields.at("Content-Encoding"), "gzip");
  EXPECT_THAT(server.get("/update/status", kReached).body, HasSubstr("\"version\":\"1.0.0\""));
  EXPECT_THAT(
      server.get("/ota/start?mode=fr", {{"Host", "192.168.4.1"}, {"Sec-Fetch-Site", "cross-site"}})
          .status,
      HasSubstr("403"));
  const Image image = make_image("2.0.0");
  EXPECT_THAT(post_file(server, "/ota/upload", as_text(image)).body,
              StartsWith("Start the update first"));
  EXPECT_EQ(server.get("/ota/start?hash=1", kReached).body, "MD5 parameter invalid\n");
  EXPECT_EQ(server.get("/ota/start?mode=fr&hash=" + md5_of("another"), kReached).body, "OK");
  EXPECT_THAT(post_file(server, "/ota/upload", as_text(image)).body, HasSubstr("MD5"));
  EXPECT_EQ(server.get("/ota/start?mode=fr&hash=" + md5_of(as_text(image)), kReached).body, "OK");
  const FakeReply reply = post_file(server, "/ota/upload", as_text(image));
  EXPECT_EQ(reply.status, "200 OK");
  EXPECT_EQ(reply.body, "OK");
}
TEST(UpdraftC, Elegant) { as_a_program(elegant); }

void both_ask_for_the_login() {
  FakeChip chip(kTwoSlots, make_image("1.0.0"));
  FakeHttp server;
  server.room = 16;
  start_page(server, "hunter2");
  ASSERT_EQ(updraft_http_form_register(nullptr), ESP_OK);
  ASSERT_EQ(updraft_http_elegant_register(), ESP_OK);
  for (const FakeReply& reply :
       {post_file(server, "/upload", "x"), post_file(server, "/factory", ""),
        post_file(server, "/ota/upload", "x"), server.get("/ota/start?mode=fr", kReached)}) {
    EXPECT_EQ(reply.status, "401 Unauthorized");
    EXPECT_THAT(reply.fields.at("WWW-Authenticate"), StartsWith("Digest "));
  }
}
TEST(UpdraftC, BothAskForTheLogin) { as_a_program(both_ask_for_the_login); }

}  // namespace
}  // namespace updraft::esp_idf
