// Package requests: the device fetches, one connection at a time. 4 KiB of RAM.
#pragma once
#include <optional>

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::esp_idf {

class ReqDoor final : public FetchingDoor {
 public:
  // Always: a fetch may be asked for at any time. Error: ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    door = make_owned<ReqDoor>(context);
    return door ? ESP_OK : ESP_ERR_NO_MEM;
  }

  explicit ReqDoor(const DoorContext& context) : FetchingDoor(context, kReq) {}  // it outlives this
  link::Link* open(link::Origin) override {
    if (client_) return nullptr;
    const std::uint64_t most = update_payload_bytes(context_.boot, context_.updater);
    return &client_.emplace(context_.intake, link::ReqClient::Config{.slot_size = most});
  }

 private:
  void let_go(link::Link&) override { client_.reset(); }
  std::optional<link::ReqClient> client_;
};

}  // namespace updraft::esp_idf
