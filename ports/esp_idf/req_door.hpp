// Package requests: the device fetches, one connection at a time. 4 KiB of RAM.
#pragma once
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::esp_idf {

class ReqDoor final : public Door {
 public:
  // Always: a fetch may be asked for at any time. Error: ESP_ERR_NO_MEM.
  static esp_err_t make(const Inside& inside, Owned<Door>& door) {
    door = make_owned<ReqDoor>(inside);
    return door ? ESP_OK : ESP_ERR_NO_MEM;
  }

  explicit ReqDoor(const Inside& inside) : inside_(inside) {}  // which outlives it
  link::Link* open() override {
    if (client_) return nullptr;
    const std::uint64_t most = update_payload_bytes(inside_.boot, inside_.updater);
    return &client_.emplace(inside_.intake, link::ReqClient::Config{.slot_size = most});
  }
  void closed(link::Link&, const Result<>& outcome) override {
    if (never_came_about(outcome)) inside_.intake.never_began(kReq, outcome.error());
    client_.reset();
  }

 private:
  const Inside& inside_;
  std::optional<link::ReqClient> client_;
};

}  // namespace updraft::esp_idf
