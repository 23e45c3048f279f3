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
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    door = make_owned<ReqDoor>(context);
    return door ? ESP_OK : ESP_ERR_NO_MEM;
  }

  explicit ReqDoor(const DoorContext& context) : context_(context) {}  // which outlives it
  link::Link* open(link::Origin) override {
    if (client_) return nullptr;
    const std::uint64_t most = update_payload_bytes(context_.boot, context_.updater);
    return &client_.emplace(context_.intake, link::ReqClient::Config{.slot_size = most});
  }
  void closed(link::Link&, const Result<>& outcome) override {
    if (never_came_about(outcome)) context_.intake.never_began(kReq, outcome.error());
    client_.reset();
  }

 private:
  const DoorContext& context_;
  std::optional<link::ReqClient> client_;
};

}  // namespace updraft::esp_idf
