// Package requests on a virtual device: it fetches, and opens nothing.
#pragma once
#include "virtual_device/door.hpp"

namespace updraft::device {

class ReqDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kReq; }
  std::unique_ptr<linux_port::Connection> fetch(const DoorContext& context) override;
  std::unique_ptr<Pulling> pull(const DoorContext& context) override;
};

}  // namespace updraft::device
