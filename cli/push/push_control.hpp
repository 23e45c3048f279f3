// `updraft push FILE control:/dev/esps0`: to a co-processor beside this host.
#pragma once
#include "cli/push/push_door.hpp"

namespace updraft::cli {

class ControlPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kControl; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  int push(const PushJob& job) override;

 private:
  std::string form_ = "current";
};

}  // namespace updraft::cli
