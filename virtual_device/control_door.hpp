// The control path on a virtual device: a serial line for a host beside it, which stays open over
// restarts.
#pragma once
#include <filesystem>
#include <optional>

#include "virtual_device/door.hpp"

namespace updraft::device {

class ControlDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kControl; }
  std::vector<std::string> openers() const override { return {"--control"}; }
  void add_options(CLI::App& command) override;
  bool asked_for() const override { return link_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::filesystem::path> link_;  // to the serial line, to be made
};

}  // namespace updraft::device
