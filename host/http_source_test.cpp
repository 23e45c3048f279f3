// The time limits, which need a server that falls silent. Everything else of an HttpSource is
// tested from outside, in tests/e2e/test_push_url.py.
#include "host/http_source.hpp"

#include <string_view>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace updraft::host {
namespace {

// A server that sends a few bytes to each client, and then nothing until it is gone.
class StillServer {
 public:
  explicit StillServer(std::string_view words)
      : words_(words), socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    (void)::bind(socket_, generic, size);
    (void)::listen(socket_, 4);
    (void)::getsockname(socket_, generic, &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~StillServer() {
    (void)::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    (void)::close(socket_);
    for (const int peer : peers_) (void)::close(peer);
  }
  StillServer(const StillServer&) = delete;
  StillServer& operator=(const StillServer&) = delete;
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/app.bin"; }

 private:
  void serve() {
    for (int peer = 0; (peer = ::accept(socket_, nullptr, nullptr)) >= 0;) {
      peers_.push_back(peer);
      (void)::send(peer, words_.data(), words_.size(), MSG_NOSIGNAL);
    }
  }
  std::string words_;
  int socket_;
  std::uint16_t port_ = 0;
  std::vector<int> peers_;
  std::thread thread_;
};

constexpr std::chrono::seconds kShort{1};

TEST(HttpSource, AServerThatFallsSilentIsATimeout) {
  const StillServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
  HttpSource source(server.url(), {.silence = kShort});
  ASSERT_FALSE(source.failure());
  EXPECT_EQ(source.size(), 100u);
  std::byte room[100];
  EXPECT_EQ(source.read(room), 5u);
  ASSERT_TRUE(source.failure());
  EXPECT_EQ(source.failure()->error.code, Code::timeout);
  EXPECT_EQ(source.failure()->error.found, 5u);
  EXPECT_NE(source.failure()->text.find("fell silent"), std::string::npos)
      << source.failure()->text;
}

TEST(HttpSource, AHeadThatNeverEndsIsATimeout) {
  for (const char* words : {"HTTP/1.1 200 OK\r\nX-Wait: a lit", "HTTP/1.1 100 Continue\r\n\r\n"}) {
    const StillServer server(words);
    const HttpSource source(server.url(), {.head = kShort});
    ASSERT_TRUE(source.failure());
    EXPECT_EQ(source.failure()->error.code, Code::timeout);
    EXPECT_NE(source.failure()->text.find("does not answer"), std::string::npos);
  }
}

TEST(HttpSource, AServerThatDripsIsATimeout) {
  const StillServer server("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhello");
  HttpSource source(server.url(), {.grace = std::chrono::seconds(0)});
  std::byte room[100];
  (void)source.read(room);
  ASSERT_TRUE(source.failure());
  EXPECT_EQ(source.failure()->error.code, Code::timeout);
  EXPECT_NE(source.failure()->text.find("too slowly"), std::string::npos);
}

TEST(HttpSource, WhoeverWaitsMayGiveUp) {
  const StillServer server("");
  unsigned asked = 0;
  const HttpSource source(server.url(), {.stopped = [&asked] { return ++asked == 2; }});
  ASSERT_TRUE(source.failure());
  EXPECT_EQ(source.failure()->error.code, Code::aborted);
}

TEST(HttpSource, UrlsAreToldByTheirBeginning) {
  for (const char* url : {"http://a", "https://a", "HTTP://a", "Https://a/b"}) {
    EXPECT_TRUE(is_http_url(url)) << url;
  }
  for (const char* name : {"", "http", "http:/a", "app.bin", "./http://a", "ftp://a"}) {
    EXPECT_FALSE(is_http_url(name)) << name;
  }
}

}  // namespace
}  // namespace updraft::host
