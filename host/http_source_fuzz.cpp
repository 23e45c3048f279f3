// A web server that answers anything: a payload within its limits, or one failure with a sentence.
//
// Input: the answer, the same for each connection (redirects lead back to this server). All hosts
// are reached through it, so nothing leaves this machine.
#include <cstdlib>
#include <mutex>
#include <thread>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include "host/http_source.hpp"
#include "tests/fuzz/check.hpp"

namespace updraft::fuzz {
namespace {

class Server {
 public:
  Server() : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof at;
    auto* const address = reinterpret_cast<sockaddr*>(&at);
    check(::bind(listener_, address, size) == 0 && ::listen(listener_, 16) == 0, "it listens");
    check(::getsockname(listener_, address, &size) == 0, "it has a port");
    port_ = std::to_string(ntohs(at.sin_port));
    const std::string here = "http://127.0.0.1:" + port_;
    for (const char* name :
         {"http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY"}) {
      ::setenv(name, here.c_str(), 1);
    }
    for (const char* name : {"no_proxy", "NO_PROXY"}) ::unsetenv(name);
    std::thread([this] { serve(); }).detach();
  }
  void answer_with(Bytes wire) {
    const std::scoped_lock lock(mutex_);
    wire_.assign(wire.begin(), wire.end());
  }
  std::string url() const { return "http://127.0.0.1:" + port_ + "/app.bin"; }

 private:
  [[noreturn]] void serve() {
    for (;;) {
      const int peer = ::accept(listener_, nullptr, nullptr);
      if (peer < 0) continue;
      hear_request(peer);
      std::vector<std::byte> wire;
      {
        const std::scoped_lock lock(mutex_);
        wire = wire_;
      }
      (void)::send(peer, wire.data(), wire.size(), MSG_NOSIGNAL);
      ::shutdown(peer, SHUT_RDWR);
      ::close(peer);
    }
  }
  static void hear_request(int peer) {
    std::string heard;
    std::array<char, 4096> room;
    while (heard.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(peer, room.data(), room.size(), 0);
      if (size <= 0) return;
      heard.append(room.data(), static_cast<std::size_t>(size));
    }
  }

  int listener_;
  std::string port_;
  std::mutex mutex_;
  std::vector<std::byte> wire_;
};

void run(Bytes input) {
  static Server server;
  server.answer_with(input);
  using std::chrono::seconds;
  host::HttpSource source(server.url(), {.head = seconds(2), .silence = seconds(2)});
  std::uint64_t total = 0;
  std::array<std::byte, 8192> room;
  while (const std::size_t size = source.read(room)) {
    check(size <= room.size(), "no more than there is room for");
    total += size;
  }
  check(total <= input.size(), "a payload is what was sent");
  if (const auto& failure = source.failure()) {
    check(!failure->text.empty(), "a failure has a sentence");
    return;
  }
  check(total > 0, "an empty payload is a failure");
  check(source.size() == link::kUnknownSize || source.size() == total, "as large as it was said");
}

}  // namespace
}  // namespace updraft::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  updraft::fuzz::run(updraft::fuzz::input(data, size));
  return 0;
}
