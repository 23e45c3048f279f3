// Each way in that a sketch can open: an update comes by it, is on trial, and goes if it crashes.
#include <filesystem>
#include <fstream>

#include "engine/core/hex.hpp"
#include "engine/crypto/md5.hpp"
#include "protocols/control/control_host.hpp"
#include "protocols/link/http_login.hpp"
#include "protocols/link/test_form.hpp"
#include "protocols/uart/uart_sender.hpp"
#include "tests/arduino/senders.hpp"
#include "tests/esp_idf/arduino_sender.hpp"
#include "tests/esp_idf/broker.hpp"
#include "tests/esp_idf/esphome_sender.hpp"
#include "tests/esp_idf/fake_uart.hpp"
#include "tests/esp_idf/web_server.hpp"

namespace updraft::arduino {
namespace {

using esp_idf::FakeHttp;
using esp_idf::FakeReply;
using esp_idf::Image;

std::uint16_t port_of(const Board& board, const char* word) {
  return static_cast<std::uint16_t>(std::stoi(board.word(word)));
}

void by_bundle(Board& board, const Image& image) {
  const auto bundle = samples::bundle_of({{"firmware.bin", text(image)}});
  const auto port = static_cast<std::uint16_t>(std::stoi(board.word("bundles")));
  EXPECT_EQ(esp_idf::push_bundle(esp_idf::connect_to(port), bundle), "ok");
}

void by_arduino(Board& board, const Image& image) {
  EXPECT_EQ(esp_idf::ArduinoSender(port_of(board, "arduino"), image, "secret").run(), "ok");
}

void by_esphome(Board& board, const Image& image) {
  EXPECT_EQ(esp_idf::push_esphome(port_of(board, "esphome"), image, "secret"), "ok");
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

// What `updraft push FILE uart:` does. The silence that ends an image is the chip's clock.
void by_uart_stream(Board& board, const Image& image) {
  const auto now = [] {
    return Instant{
        std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now().time_since_epoch())};
  };
  link::MemorySource source(image);
  link::UartSender host(source, {});
  host.on_connected(now());
  ASSERT_TRUE(board.until([&] {
    const std::lock_guard held(board.chip.inside);
    esp_idf::FakeUart& wire = esp_idf::uart(1);
    const Image heard(wire.from_chip.begin(), wire.from_chip.end());
    wire.from_chip.clear();
    if (!heard.empty()) host.on_bytes(heard, now());
    if (host.deadline() && *host.deadline() <= now()) host.on_deadline(now());
    std::array<std::byte, 256> room;
    while (const std::size_t size = host.write_to(room)) wire.send(Bytes(room).first(size));
    host.on_waiting(now());
    return host.sent() == image.size();
  }));
  board.pass(3);
}

std::string hex_of(const crypto::Md5Digest& digest) {
  std::string hex(32, '0');
  write_hex(digest, std::as_writable_bytes(std::span(hex)));
  return hex;
}

// A request of a script that knows the page's password: asked for it, it answers as curl does.
FakeReply ask(Board& board, const std::string& method, const std::string& target,
              const FakeHttp::Fields& more = {}, std::string_view body = "") {
  const auto send = [&](const std::string& authorization) {
    FakeHttp::Fields fields = more;
    fields["Host"] = "192.168.4.1";
    if (!authorization.empty()) fields["Authorization"] = authorization;
    if (method == "GET") return board.http.get(target, fields);
    fields["Content-Length"] = std::to_string(body.size());
    return board.http.post(target, fields, body);
  };
  const FakeReply asked = send("");
  EXPECT_EQ(asked.status, "401 Unauthorized") << target;
  const auto challenge = asked.fields.find("WWW-Authenticate");
  if (challenge == asked.fields.end()) return asked;
  const std::size_t at = challenge->second.find("nonce=\"") + 7;
  const std::string nonce = challenge->second.substr(at, challenge->second.find('"', at) - at);
  const crypto::Md5Digest response = link::digest_response({.user = "u",
                                                            .realm = "Updraft",
                                                            .nonce = nonce,
                                                            .nc = "00000001",
                                                            .cnonce = "c",
                                                            .uri = target},
                                                           "secret", method);
  return send("Digest username=\"u\", realm=\"Updraft\", nonce=\"" + nonce + "\", uri=\"" + target +
              "\", qop=auth, nc=00000001, cnonce=\"c\", response=\"" + hex_of(response) + "\"");
}

// curl --data-binary @sketch.bin
void by_http(Board& board, const Image& image) {
  EXPECT_EQ(ask(board, "POST", "/ota", {{"X-Updraft", "1"}}, text(image)).status, "200 OK");
}

const FakeHttp::Fields kForm = {{"Content-Type", "multipart/form-data; boundary=----x"}};

void by_form(Board& board, const Image& image) {
  const FakeReply reply = ask(board, "POST", "/upload", kForm, link::form_of("----x", text(image)));
  EXPECT_THAT(reply.body, testing::HasSubstr("OTA OK, restarting..."));
}

void by_elegant(Board& board, const Image& image) {
  const std::string start = "/ota/start?mode=fr&hash=" + hex_of(crypto::md5(image));
  EXPECT_EQ(ask(board, "GET", start).body, "OK");
  EXPECT_EQ(ask(board, "POST", "/ota/upload", kForm, link::form_of("----x", text(image))).body,
            "OK");
}

// What a sketch fetches from, and where: the servers, and a card.
struct Outside {
  Outside() = default;
  ~Outside() {
    if (!card.empty()) std::filesystem::remove_all(card);
  }
  Outside(const Outside&) = delete;
  Outside& operator=(const Outside&) = delete;
  std::optional<esp_idf::PackageServer> packages;
  std::optional<esp_idf::RawServer> raw;
  std::optional<esp_idf::Broker> broker;
  std::optional<esp_idf::WebServer> web;
  linux_port::TlsIdentity identity;
  std::string card;
};
using Words = std::map<std::string, std::string>;

void packages(Outside& outside, const Image& image, Words& words) {
  words["pull"] = outside.packages.emplace(image).url;
}
void raw_server(Outside& outside, const Image& image, Words& words) {
  words["pull"] = outside.raw.emplace(image).url;
}
void broker(Outside& outside, const Image& image, Words& words) {
  const std::uint16_t port = esp_idf::free_port();
  outside.broker.emplace(port, image);
  words["mqtt"] = "mqtt://127.0.0.1:" + std::to_string(port) + "/ota";
}
void http_server(Outside& outside, const Image& image, Words& words) {
  words["web"] = outside.web.emplace(image, nullptr).url;
  words["now"] = "20000";
}
void https_server(Outside& outside, const Image& image, Words& words) {
  outside.identity = linux_port::make_self_signed({esp_idf::kWebName});
  words["web"] = outside.web.emplace(image, &outside.identity).url;
  words["ca"] = outside.identity.certificate;
  words["now"] = "20000";
}
void card(Outside& outside, const Image& image, Words& words) {
  char name[] = "/tmp/updraft-card-XXXXXX";
  outside.card = ::mkdtemp(name);
  std::ofstream file(outside.card + "/app.bin", std::ios::binary);
  file << text(image);
  words["sd"] = outside.card;
}

struct WayIn {
  const char* name;
  Words words;
  void (*send)(Board& board, const Image& image);  // nullptr: the sketch fetches
  void (*serve)(Outside& outside, const Image& image, Words& words) = nullptr;  // what it fetches
};

class WaysIn : public testing::TestWithParam<WayIn> {};

TEST_P(WaysIn, TakeAnUpdateThatProvesItself) {
  const Image next = sketch_image("2.0.0");
  Outside outside;
  Board::Setup setup{.words = GetParam().words};
  for (auto& [name, value] : setup.words) {
    if (value == "port") value = std::to_string(esp_idf::free_port());
  }
  if (GetParam().serve != nullptr) GetParam().serve(outside, next, setup.words);
  Board board(setup);
  board.chip.net.names[esp_idf::kWebName] = "127.0.0.1";
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
  ASSERT_TRUE(board.start(ESP_RST_PANIC));
  EXPECT_EQ(board.running(), "1.0.0") << "it crashed on trial";
}

const WayIn kWaysIn[] = {
    {"page", {{"page", "secret"}}, &by_page},
    {"http", {{"page", "secret"}}, &by_http},
    {"elegant", {{"page", "secret"}, {"elegant", "yes"}, {"form", "yes"}}, &by_elegant},
    {"form", {{"page", "secret"}, {"elegant", "yes"}, {"form", "yes"}}, &by_form},
    {"arduino", {{"arduino", "port"}}, &by_arduino},
    {"esphome", {{"esphome", "port"}}, &by_esphome},
    {"raw", {{"raw", "port"}}, &by_raw},
    {"bundle", {{"bundles", "port"}}, &by_bundle},
    {"uart", {{"uart", "1"}}, &by_uart},
    {"uart_stream", {{"stream", "1"}}, &by_uart_stream},
    {"packages", {{"every", "3600"}}, nullptr, &packages},
    {"raw_pull", {{"every", "3600"}}, nullptr, &raw_server},
    {"mqtt", {}, nullptr, &broker},
    {"card", {}, nullptr, &card},
    {"web", {{"every", "0"}}, nullptr, &http_server},
    {"web_tls", {{"every", "0"}, {"server", "proves"}}, nullptr, &https_server},
};
INSTANTIATE_TEST_SUITE_P(Sketch, WaysIn, testing::ValuesIn(kWaysIn),
                         [](const auto& row) { return std::string(row.param.name); });

// What proves nothing is let in by name alone: each of them says so at its start.
TEST(WaysInClosed, EachIsSaidAloud) {
  std::vector<WayIn> ways(std::begin(kWaysIn), std::end(kWaysIn));
  ways.push_back({"certificate of a server without one",
                  {{"every", "0"}, {"server", "proves"}},
                  nullptr,
                  &http_server});
  for (const WayIn& way : ways) {
    const bool proves = way.words.contains("page") || way.words.contains("bundles") ||
                        way.words.contains("arduino") || way.words.contains("esphome");
    if (proves || way.serve == &https_server) continue;
    SCOPED_TRACE(way.name);
    Outside outside;
    Words words = way.words;
    words["signed"] = "yes";
    for (auto& [name, value] : words) {
      if (value == "port") value = std::to_string(esp_idf::free_port());
    }
    if (way.serve != nullptr) way.serve(outside, sketch_image("2.0.0"), words);
    words.erase("now");
    Board board({.words = words});
    board.chip.net.names[esp_idf::kWebName] = "127.0.0.1";
    ASSERT_TRUE(board.start());
    EXPECT_TRUE(board.hears("begun"));
    const std::lock_guard held(board.chip.inside);
    EXPECT_THAT(board.chip.log,
                testing::Contains(testing::HasSubstr("a way in is open that lets nothing in")));
  }
}

}  // namespace
}  // namespace updraft::arduino
