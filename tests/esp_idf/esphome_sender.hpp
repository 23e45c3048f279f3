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

inline std::string push_esphome(std::uint16_t port, const Image& image,
                                const std::string& password) {
  EsphomeImage content(image);
  link::EsphomeHost host(content, password);
  return push_by(host, connect_to(port));
}

}  // namespace updraft::esp_idf
