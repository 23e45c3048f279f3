// The native push on a virtual device: a listener with TLS by the key of a pairing.
#pragma once
#include <optional>

#include "virtual_device/door.hpp"

namespace updraft::device {

class NativeDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kNative; }
  std::vector<std::string> openers() const override { return {"--native"}; }
  void add_options(CLI::App& command) override;
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  std::optional<std::uint16_t> port_;  // 0: any free one
};

}  // namespace updraft::device
