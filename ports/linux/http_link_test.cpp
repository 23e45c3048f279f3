#include "ports/linux/http_link.hpp"

#include <chrono>

#include <gtest/gtest.h>

#include "ports/linux/test_http_links.hpp"
#include "protocols/ws/ws_samples.hpp"
#include "tests/fakes/pipe.hpp"

namespace updraft::linux_port {
namespace {

using namespace std::chrono_literals;

class Http : public testing::Test {
 protected:
  // What a client gets for these bytes, in pieces of `step`, all of it.
  std::string get(std::string_view wire, std::size_t step = 1000) {
    link.emplace(service);
    link->on_connected(now);
    for (std::size_t at = 0; at < wire.size() && !closed(); at += step) {
      link->on_bytes(as_bytes(wire.substr(at, step)), now);
      link->on_waiting(now);
    }
    return hear();
  }
  std::string hear() {
    std::string heard;
    std::array<std::byte, 7> room;
    while (const std::size_t size = link->write_to(room)) {
      heard.append(reinterpret_cast<const char*>(room.data()), size);
    }
    return heard;
  }
  bool closed() const { return link->phase() == link::Phase::closed; }

  DeviceService service;
  std::optional<HttpLink> link;
  Instant now{std::chrono::hours(7)};
};

const std::string kGet = "GET /page HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n";

TEST_F(Http, OneReplyThenTheEnd) {
  for (const std::size_t step : {1, 2, 3, 1000}) {
    const std::string reply = get(kGet, step);
    EXPECT_TRUE(reply.starts_with("HTTP/1.1 200 OK\r\n")) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\nhello")) << reply;
    EXPECT_TRUE(closed());
  }
  EXPECT_TRUE(get(kGet + kGet).ends_with("\r\n\r\nhello")) << "a second request is not read";
}

TEST_F(Http, SlowHeadIsToldSo) {
  get("GET /page HTT");
  EXPECT_EQ(link->deadline(), now + kHttpHeadMs);
  link->on_bytes(as_bytes("P"), now + 4s);
  link->on_deadline(now + kHttpHeadMs);
  EXPECT_TRUE(hear().starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(closed());
}

TEST_F(Http, ReplyThatNobodyTakesEnds) {
  link.emplace(service);
  link->on_connected(now);
  link->on_bytes(as_bytes(kGet), now);
  link->on_deadline(now + kHttpReplyMs);
  EXPECT_TRUE(closed());
}

TEST_F(Http, HeadsHaveTheirLimits) {
  const std::string start = "GET /page HTTP/1.1\r\nHost: 10.0.0.1\r\nX: ";
  const std::string end = "\r\n\r\n";
  const std::string most(link::kHttpHeaderBytes - start.size() - end.size(), 'x');
  EXPECT_TRUE(get(start + most + end).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(start + most + "x" + end).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(get(start + most + "x" + end, 1).starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(get(std::string(100'000, 'x')).starts_with("HTTP/1.1 431 "));
  const std::string line = "GET /page?" + std::string(link::kHttpLine - 19, 'x') + " HTTP/1.1";
  EXPECT_TRUE(get(line + "\r\nHost: 10.0.0.1\r\n\r\n").starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(line + "\r\nHost: 10.0.0.1\r\n\r\n", 1).starts_with("HTTP/1.1 200 "));
  EXPECT_TRUE(get(line + "1\r\nHost: 10.0.0.1\r\n\r\n").starts_with("HTTP/1.1 431 "));
}

TEST_F(Http, CutHeadIsNoRequest) {
  for (std::size_t cut = 0; cut < kGet.size(); ++cut) {
    EXPECT_EQ(get(kGet.substr(0, cut)), "") << cut;
    link->on_peer_done(now);
    EXPECT_TRUE(closed());
  }
}

class WsOverHttp : public testing::TestWithParam<std::size_t> {};

TEST_P(WsOverHttp, UpdatesInPiecesOfAnySize) {
  const std::string image = samples::blob(20'000);
  DeviceService service;
  link::WsHost host({.image = as_bytes(image), .restart = true});
  HttpLink there(service);
  WsClientLink here(host, "10.0.0.1", "/ota/ws");
  link::Pipe(here, there, GetParam()).run();
  EXPECT_TRUE(here.outcome().has_value());
  EXPECT_TRUE(std::ranges::equal(service.intake.last_bytes, as_bytes(image)));
  EXPECT_EQ(service.device.wish(), link::WsWish::restart);
}

TEST_P(WsOverHttp, TlsAroundBoth) {
  const TlsIdentity identity = make_self_signed({"10.0.0.1", "dev.local"});
  const TlsContext server(identity);
  const auto own = fingerprint(identity.certificate);
  ASSERT_TRUE(own.has_value());
  const std::string image = samples::blob(20'000);
  for (const bool right : {true, false}) {
    TlsTrust trust{.anybody = false, .fingerprint = own};
    if (!right) trust.fingerprint->front() ^= std::byte{1};
    const TlsContext client("10.0.0.1", trust);
    DeviceService service;
    link::WsHost host({.image = as_bytes(image), .restart = true});
    HttpLink http(service);
    WsClientLink ws(host, "10.0.0.1", "/ota/ws");
    TlsLink there(server, http);
    TlsLink here(client, ws);
    link::Pipe(here, there, GetParam()).run();
    EXPECT_EQ(here.peer(), own);
    if (right) {
      EXPECT_TRUE(here.outcome().has_value());
      EXPECT_TRUE(std::ranges::equal(service.intake.last_bytes, as_bytes(image)));
    } else {
      ASSERT_FALSE(here.outcome().has_value());
      EXPECT_EQ(here.outcome().error().code, Code::auth_failed);
      EXPECT_EQ(service.intake.calls, "") << "not a word was said";
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Pieces, WsOverHttp, testing::Values(1, 7, 1460, 65536));

// A flipped bit anywhere in the handshake, and nothing is said.
TEST(TlsLink, FlippedBitsEndIt) {
  const TlsContext server(make_self_signed({"localhost"}));
  const TlsContext client("localhost", {.anybody = true, .fingerprint = {}});
  const std::string image = samples::blob(100);
  for (std::size_t flip = 0; flip < 1000; flip += 37) {
    DeviceService service;
    link::WsHost host({.image = as_bytes(image), .restart = false});
    HttpLink http(service);
    WsClientLink ws(host, "localhost", "/ota/ws");
    TlsLink there(server, http);
    TlsLink here(client, ws);
    link::Pipe pipe(here, there, 1460);
    std::size_t at = 0;
    pipe.on_the_way = [&](MutableBytes bytes) {
      if (flip >= at && flip < at + bytes.size()) bytes[flip - at] ^= std::byte{1};
      at += bytes.size();
      return bytes.size();
    };
    pipe.run();
    EXPECT_EQ(service.intake.calls, "") << flip;
  }
}

TEST(TlsLink, NeedsAnIdentityThatFits) {
  const TlsIdentity one = make_self_signed({"a"});
  const TlsIdentity other = make_self_signed({"a"});
  EXPECT_NE(fingerprint(one.certificate), fingerprint(other.certificate));
  EXPECT_THROW(TlsContext({one.certificate, other.key}), std::runtime_error);
  EXPECT_THROW(TlsContext({"", one.key}), std::runtime_error);
  EXPECT_THROW(TlsContext({one.certificate, "no key"}), std::runtime_error);
  EXPECT_EQ(fingerprint("no certificate"), std::nullopt);
}

}  // namespace
}  // namespace updraft::linux_port
