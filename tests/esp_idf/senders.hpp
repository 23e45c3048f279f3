// Who sends to the chip, or is asked by it, on real sockets: what the programs on a desk do.
#pragma once
#include <array>
#include <future>
#include <string>

#include "protocols/bundle/bundle_host.hpp"
#include "protocols/bundle/bundle_samples.hpp"
#include "protocols/req/req_server.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

// Serves `file` by package requests to one client, then ends.
class PackageServer {
 public:
  explicit PackageServer(Image file) : file_(std::move(file)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    (void)::bind(listener_, reinterpret_cast<sockaddr*>(&address), size);
    (void)::listen(listener_, 1);
    (void)::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    url = "req://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
    done_ = std::async(std::launch::async, [this] { serve(); });
  }
  ~PackageServer() {
    (void)::shutdown(listener_, SHUT_RDWR);
    done_.wait();
    (void)::close(listener_);
  }
  std::string url;

 private:
  void serve() {
    const int socket = ::accept(listener_, nullptr, nullptr);
    if (socket < 0) return;
    link::MemorySource source(file_);
    link::ReqServer server(source);
    server.on_connected(Instant{});
    std::array<std::byte, link::kReqWireBytes> wire;
    ssize_t got = 0;
    while ((got = ::recv(socket, wire.data(), 8, 0)) > 0) {
      server.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
      send_all(socket, Bytes(wire).first(server.write_to(wire)));
    }
    (void)::close(socket);
  }
  Image file_;
  int listener_ = -1;
  std::future<void> done_;
};

// Sends the image over raw TCP to the one who calls, as `updraft serve --raw` does.
class RawServer {
 public:
  explicit RawServer(Image image) : image_(std::move(image)), port_(free_port()) {
    listener_ = listen_on(port_);
    url = "raw://127.0.0.1:" + std::to_string(port_);
    done_ = std::async(std::launch::async, [this] {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      send_all(socket, image_);
      (void)::shutdown(socket, SHUT_WR);
      std::byte rest[64];
      while (::recv(socket, rest, sizeof rest, 0) > 0) {
      }
      (void)::close(socket);
    });
  }
  ~RawServer() {
    (void)::shutdown(listener_, SHUT_RDWR);
    done_.wait();
    (void)::close(listener_);
  }
  std::string url;

 private:
  Image image_;
  std::uint16_t port_;
  int listener_;
  std::future<void> done_;
};

// What `updraft push DIR bundle://` does: "ok", or the code of what went wrong.
inline std::string push_bundle(int socket, const samples::Bundle& bundle) {
  link::MemorySource stream(bundle.stream);
  link::BundleHost host("secret", as_bytes(bundle.metadata), stream);
  return push_by(host, socket);
}

}  // namespace updraft::esp_idf
