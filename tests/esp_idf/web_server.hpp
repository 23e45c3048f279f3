// A web server on a real socket: a folder with app.bin, by https or http.
#pragma once
#include <atomic>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <thread>

#include "ports/linux/tls_link.hpp"
#include "ports/linux/web_folder.hpp"
#include "ports/linux/web_server_link.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

inline constexpr const char* kWebName = "updates.local";

// A folder with app.bin, served by https or http. `most`: bytes that the first connection brings.
class WebServer {
 public:
  WebServer(const Image& file, const linux_port::TlsIdentity* identity, std::size_t most = SIZE_MAX)
      : folder_(write(file)), left_(most), port_(free_port()) {
    if (identity != nullptr) tls_.emplace(*identity);
    url = std::string(identity != nullptr ? "https" : "http") + "://" + kWebName + ":" +
          std::to_string(port_) + "/app.bin";
    listener_ = listen_on(port_);
    thread_ = std::thread([this] { serve(); });
  }
  ~WebServer() {
    (void)::shutdown(listener_, SHUT_RDWR);
    if (const int peer = peer_; peer >= 0) (void)::shutdown(peer, SHUT_RDWR);
    thread_.join();
    (void)::close(listener_);
    std::filesystem::remove_all(path_);
  }
  WebServer(const WebServer&) = delete;
  WebServer& operator=(const WebServer&) = delete;
  std::string url;
  std::atomic<int> connections = 0, over = 0;
  std::atomic<std::uint64_t> sent = 0;  // bytes on the wire

 private:
  linux_port::WebFolder write(const Image& file) {
    std::string place = (std::filesystem::temp_directory_path() / "updraft-web-XXXXXX").string();
    path_ = ::mkdtemp(place.data());
    std::ofstream(path_ / "app.bin", std::ios::binary)
        .write(reinterpret_cast<const char*>(file.data()),
               static_cast<std::streamsize>(file.size()));
    return linux_port::WebFolder(path_);
  }
  void serve() {
    while (true) {
      const int socket = ::accept(listener_, nullptr, nullptr);
      if (socket < 0) return;
      ++connections;
      peer_ = socket;
      linux_port::WebServerLink plain(folder_);
      std::optional<linux_port::TlsLink> secure;
      if (tls_) secure.emplace(*tls_, plain);
      converse(socket, secure ? static_cast<link::Link&>(*secure) : plain);
      peer_ = -1;
      (void)::close(socket);
      ++over;
      left_ = SIZE_MAX;
    }
  }
  void converse(int socket, link::Link& link) {
    std::array<std::byte, 4096> wire;
    link.on_connected(Instant{});
    ssize_t got = 0;
    while ((got = ::recv(socket, wire.data(), wire.size(), 0)) > 0) {
      link.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
      while (const std::size_t size = link.write_to(wire)) {
        const std::size_t part = std::min(size, left_);
        send_all(socket, Bytes(wire).first(part));
        left_ -= part;
        sent += part;
        if (part < size) return;  // the link drops
      }
      if (link.phase() == link::Phase::closed) return;
    }
  }

  std::filesystem::path path_;
  linux_port::WebFolder folder_;
  std::optional<linux_port::TlsContext> tls_;
  std::size_t left_;
  std::uint16_t port_;
  int listener_ = -1;
  std::atomic<int> peer_ = -1;
  std::thread thread_;
};

}  // namespace updraft::esp_idf
