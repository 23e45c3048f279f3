// Package requests: the device fetches, one connection at a time. 4 KiB of RAM.
#pragma once
#include <optional>

#include "updraft/updater.hpp"

#include "ports/esp_idf/door.hpp"
#include "ports/esp_idf/slot_bytes.hpp"
#include "protocols/req/req_client.hpp"

namespace updraft::esp_idf {

class ReqDoor final : public Door {
 public:
  ReqDoor(Intake& intake, const Updater& updater, BootControl& boot)
      : intake_(intake), updater_(updater), boot_(boot) {}
  link::Link* open() override {
    if (client_) return nullptr;
    return &client_.emplace(
        intake_, link::ReqClient::Config{.slot_size = update_payload_bytes(boot_, updater_)});
  }
  void closed(link::Link&, const Result<>& outcome) override {
    if (never_came_about(outcome)) intake_.never_began(kReq, outcome.error());
    client_.reset();
  }

 private:
  Intake& intake_;
  const Updater& updater_;
  BootControl& boot_;
  std::optional<link::ReqClient> client_;
};

}  // namespace updraft::esp_idf
