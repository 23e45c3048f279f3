// Who updates a chip by ESPHome's native OTA, on real sockets.
#pragma once
#include <string>

#include "protocols/esphome/esphome_host.hpp"
#include "tests/esp_idf/sockets.hpp"

namespace updraft::esp_idf {

class EsphomeImage final : public link::EsphomePayload {
 public:
  explicit EsphomeImage(const Image& image) : image_(image) {}
  Bytes plain() override { return image_; }
  Bytes gzipped() override { return {}; }

 private:
  const Image& image_;
};

// What `updraft push FILE esphome://` does, by its link: "ok", or the code of what went wrong.
inline std::string push_by(link::Link& host, std::uint16_t port) {
  const int socket = connect_to(port);
  if (socket < 0) return "unreachable";
  host.on_connected(Instant{});
  std::array<std::byte, 1460> wire;
  while (host.phase() != link::Phase::closed) {
    if (const std::size_t size = host.write_to(wire); size > 0) {
      send_all(socket, Bytes(wire).first(size));
      continue;
    }
    const ssize_t got = ::recv(socket, wire.data(), wire.size(), 0);
    if (got <= 0) {
      host.on_peer_done(Instant{});
    } else {
      host.on_bytes(Bytes(wire).first(static_cast<std::size_t>(got)), Instant{});
    }
  }
  (void)::close(socket);
  return host.outcome() ? "ok" : std::string(name(host.outcome().error().code));
}

inline std::string push_esphome(std::uint16_t port, const Image& image,
                                const std::string& password) {
  EsphomeImage content(image);
  link::EsphomeHost host(content, password);
  return push_by(host, port);
}

}  // namespace updraft::esp_idf
