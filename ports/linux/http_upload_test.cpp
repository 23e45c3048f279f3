// An upload from one end to the other: HttpRequestLink and HttpLink with the machine of http://, in
// memory, in pieces of any size, cut anywhere; and what the server's end does with bodies.
#include <gtest/gtest.h>

#include "ports/linux/http_link.hpp"
#include "ports/linux/http_request_link.hpp"
#include "protocols/http/http_device.hpp"
#include "protocols/link/test_form.hpp"
#include "tests/fakes/fake_intake.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::linux_port {
namespace {

using namespace std::chrono_literals;

class UploadService final : public HttpService {
 public:
  const link::HttpSite& site() const override { return site_; }
  std::string_view policy() const override { return "default-src 'none'"; }
  std::optional<HttpReply> get(std::string_view, Instant) override { return std::nullopt; }
  link::WsMachine* open_socket(std::string_view) override { return nullptr; }
  link::HttpMachine* open_machine(const link::HttpRequest& request) override {
    return request.path() == "/ota" ? &machine : nullptr;
  }

  fakes::FakeIntake intake;
  link::HttpDevice machine{intake, {.scheme = kHttp, .most = 100'000}};

 private:
  link::HttpSite site_{.tls = false, .names = {}};
};

const std::string kFile(5000, '\xE9');

struct Upload : testing::Test {
  void SetUp() override { server.on_connected(now); }
  void say(std::string_view text) {
    server.on_bytes(as_bytes(text), now);
    server.on_waiting(now);
  }
  std::string hear() {
    std::string heard;
    std::array<std::byte, 100> room;
    while (const std::size_t size = server.write_to(room))
      heard += as_text(Bytes(room).first(size));
    return heard;
  }
  static std::string head(std::size_t length, const std::string& more = "X-Updraft: 1\r\n") {
    return "POST /ota HTTP/1.1\r\nHost: 10.0.0.1\r\n" + more +
           "Content-Length: " + std::to_string(length) + "\r\n\r\n";
  }

  UploadService service;
  HttpLink server{service};
  Instant now{std::chrono::hours(5)};
};

HttpSending sending(link::Source& source) {
  return {.target = "/ota", .host = "10.0.0.1", .fields = {{"X-Updraft", "1"}}, .source = &source};
}

TEST(UploadTransfer, InPiecesOfAnySize) {
  for (const std::size_t chunk : {1, 2, 3, 100, 4096}) {
    for (const bool form : {false, true}) {
      UploadService service;
      HttpLink server(service);
      link::MemorySource source(as_bytes(kFile));
      HttpSending all = sending(source);
      if (form) {
        const std::string frame = link::form_of("----x", "FILE");
        all.before = frame.substr(0, frame.find("FILE"));
        all.after = frame.substr(frame.find("FILE") + 4);
        all.fields.emplace_back("Content-Type", "multipart/form-data; boundary=----x");
      }
      HttpRequestLink client(all);
      link::Pipe(client, server, chunk).run();
      ASSERT_TRUE(client.outcome().has_value()) << chunk;
      EXPECT_EQ(client.status(), 200u);
      EXPECT_TRUE(client.body().starts_with("{\"result\":\"ok\""));
      EXPECT_EQ(client.sent(), client.total());
      EXPECT_EQ(as_text(service.intake.last_bytes), kFile);
      EXPECT_EQ(service.intake.misuse, "");
    }
  }
}

// A reset at every byte of the request: nothing is finished, and nothing is left open.
TEST(UploadTransfer, CutAtEveryByte) {
  link::MemorySource whole(as_bytes(std::string_view(kFile).substr(0, 500)));
  HttpRequestLink measure(sending(whole));
  std::array<std::byte, 4096> room;
  const std::size_t bytes = measure.write_to(room);
  for (std::size_t cut = 0; cut < bytes; ++cut) {
    UploadService service;
    HttpLink server(service);
    server.on_connected(Instant{});
    server.on_bytes(Bytes(room).first(cut), Instant{});
    server.on_lost(Instant{});
    ASSERT_EQ(service.intake.calls.find("finish"), std::string::npos) << cut;
    ASSERT_FALSE(service.intake.in_session) << cut;
    ASSERT_EQ(service.intake.misuse, "") << cut;
    ASSERT_EQ(server.phase(), link::Phase::closed);
  }
}

TEST(UploadTransfer, AnEarlyAnswerStopsTheSender) {
  UploadService service;
  service.intake.write_error = Code::wrong_chip;
  HttpLink server(service);
  link::MemorySource source(as_bytes(kFile));
  HttpRequestLink client(sending(source));
  link::Pipe(client, server, 400).run();
  ASSERT_TRUE(client.outcome().has_value());
  EXPECT_EQ(client.status(), 422u);
  EXPECT_LT(client.sent(), kFile.size());
}

// A sender that hears nothing before it has sent everything is read to its end.
TEST_F(Upload, ReadsOnAfterAnEarlyAnswer) {
  service.intake.write_error = Code::wrong_chip;
  say(head(kFile.size()) + kFile.substr(0, 1000));
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 422 Unprocessable Content\r\n"));
  EXPECT_EQ(server.phase(), link::Phase::half_closed);
  say(kFile.substr(1000, 1000));
  EXPECT_EQ(server.phase(), link::Phase::half_closed);
  say(kFile.substr(2000));
  EXPECT_EQ(server.phase(), link::Phase::closed);
  EXPECT_EQ(service.intake.misuse, "");
}

TEST_F(Upload, ButNotForEver) {
  say("POST /ota HTTP/1.1\r\nHost: 10.0.0.1\r\nContent-Length: 99999\r\n\r\n");
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 403 "));
  ASSERT_EQ(server.deadline(), now + link::kHttpDrainMs);
  server.on_deadline(now + link::kHttpDrainMs);
  EXPECT_EQ(server.phase(), link::Phase::closed);
}

TEST_F(Upload, SilenceEndsIt) {
  say(head(kFile.size()) + kFile.substr(0, 100));
  ASSERT_EQ(server.deadline(), now + link::kHttpSilenceMs);
  now += link::kHttpSilenceMs;
  server.on_deadline(now);
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 408 "));
  EXPECT_EQ(service.intake.calls, "begin abort:timeout");
}

TEST_F(Upload, SoDoesADrip) {
  say(head(kFile.size()));
  for (std::size_t i = 0; i < 3; ++i) {
    now += 5s;
    say(kFile.substr(100 * i, 100));
  }
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 408 "));
}

TEST_F(Upload, AHundredContinueOnceTheHeadIsIn) {
  say(head(kFile.size(), "X-Updraft: 1\r\nExpect: 100-continue\r\n"));
  EXPECT_EQ(hear(), "HTTP/1.1 100 Continue\r\n\r\n");
  say(kFile);
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(server.phase(), link::Phase::closed);
}

TEST_F(Upload, NoHundredContinueWhereTheAnswerStands) {
  service.intake.welcome_error = Code::unsigned_image;
  say(head(kFile.size(), "X-Updraft: 1\r\nExpect: 100-continue\r\n"));
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 403 "));
}

// Beast would refuse what is above a mebibyte.
TEST_F(Upload, ALengthIsForTheMachineToJudge) {
  for (const std::uint64_t length : {std::uint64_t{2} << 20, UINT64_MAX}) {
    HttpLink link(service);
    link.on_connected(now);
    const std::string lies =
        "POST /ota HTTP/1.1\r\nHost: 10.0.0.1\r\nX-Updraft: 1\r\nContent-Length: " +
        std::to_string(length) + "\r\n\r\n";
    link.on_bytes(as_bytes(lies), now);
    std::array<std::byte, 100> room;
    const std::size_t size = link.write_to(room);
    EXPECT_TRUE(as_text(Bytes(room).first(size)).starts_with("HTTP/1.1 413 ")) << length;
  }
}

TEST_F(Upload, ALengthIsNeeded) {
  for (const char* none : {"", "Transfer-Encoding: chunked\r\n"}) {
    HttpLink link(service);
    link.on_connected(now);
    link.on_bytes(as_bytes("POST /ota HTTP/1.1\r\nHost: 10.0.0.1\r\nX-Updraft: 1\r\n" +
                           std::string(none) + "\r\n"),
                  now);
    std::array<std::byte, 100> room;
    const std::size_t size = link.write_to(room);
    EXPECT_TRUE(as_text(Bytes(room).first(size)).starts_with("HTTP/1.1 411 ")) << none;
  }
  EXPECT_EQ(service.intake.calls, "");
}

TEST_F(Upload, APeerWithTheEngineIsProven) {
  say(head(kFile.size()));
  EXPECT_FALSE(server.proven());
  EXPECT_TRUE(server.greeted());
  say(kFile.substr(0, 15));
  EXPECT_FALSE(server.proven()) << "nothing that could be judged";
  say(kFile.substr(15, 1));
  EXPECT_TRUE(server.proven());
}

// What a client knows when the device goes.
TEST(RequestLink, AResetWithinAnAnswerLeavesWhatWasRead) {
  HttpRequestLink client({.method = "GET", .target = "/", .host = "h"});
  client.on_connected(Instant{});
  client.on_bytes(as_bytes("HTTP/1.1 200 OK\r\n\r\nOTA OK, rest"), Instant{});
  client.on_lost(Instant{});
  EXPECT_FALSE(client.outcome().has_value());
  EXPECT_EQ(client.status(), 200u);
  EXPECT_EQ(client.body(), "OTA OK, rest");
}

TEST(RequestLink, ContinuesAndReadsToTheClose) {
  link::MemorySource source(as_bytes("x"));
  HttpRequestLink client(sending(source));
  client.on_connected(Instant{});
  client.on_bytes(as_bytes("HTTP/1.1 100 Continue\r\n\r\n"), Instant{});
  EXPECT_EQ(client.status(), 0u);
  client.on_bytes(as_bytes("HTTP/1.1 200 OK\r\n\r\nall"), Instant{});
  EXPECT_EQ(client.phase(), link::Phase::open);
  client.on_peer_done(Instant{});
  EXPECT_TRUE(client.outcome().has_value());
  EXPECT_EQ(client.body(), "all");
}

TEST(RequestLink, AnAnswerWithoutEndIsNone) {
  HttpRequestLink client({.method = "GET", .target = "/", .host = "h"});
  client.on_connected(Instant{});
  client.on_bytes(as_bytes("HTTP/1.1 200 OK\r\n\r\n"), Instant{});
  const std::string piece(4096, 'x');
  for (int i = 0; i < 20; ++i) client.on_bytes(as_bytes(piece), Instant{});
  ASSERT_FALSE(client.outcome().has_value());
  EXPECT_EQ(client.outcome().error().code, Code::protocol);
}

}  // namespace
}  // namespace updraft::linux_port
