// Package requests: the device fetches, one connection at a time. 4 KiB of RAM while it does.
#pragma once
#include "engine/core/lender.hpp"
#include "esp_log.h"
#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/heap_lender.hpp"
#include "ports/esp_idf/owned.hpp"
#include "ports/esp_idf/reporter.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::esp_idf {

class ReqDoor final : public FetchingDoor {
 public:
  // Always: a fetch may be asked for at any time. Error: ESP_ERR_NO_MEM.
  static esp_err_t make(const DoorContext& context, Owned<Door>& door) {
    auto made = make_owned<ReqDoor>(context);
    if (!made) return ESP_ERR_NO_MEM;
    if (context.config.reserve_memory && !made->memory_.reserve(made->needs()))
      return ESP_ERR_NO_MEM;
    door = Owned<Door>(made.release());
    return ESP_OK;
  }

  explicit ReqDoor(const DoorContext& context) : FetchingDoor(context, kReq) {}  // it outlives this
  link::Link* open(link::Origin) override {
    if (client_) return nullptr;
    const std::uint64_t most = update_payload_bytes(context_.boot, context_.updater);
    const link::ReqClient::Config config{.slot_size = most};
    if (client_.make(context_.intake, config)) return &*client_;
    ESP_LOGW(kLogTag, "req: %u bytes are not free in one piece", static_cast<unsigned>(needs()));
    return nullptr;
  }
  std::size_t needs() const override { return sizeof(link::ReqClient); }

 private:
  void let_go(link::Link&) override { client_.give_back(); }
  HeapLender memory_;
  Borrowed<link::ReqClient> client_{memory_};
};

}  // namespace updraft::esp_idf
