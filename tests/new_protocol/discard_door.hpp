// `updraft device --discard PORT`.
#pragma once
#include <optional>

#include "tests/new_protocol/discard_device.hpp"
#include "virtual_device/receiver.hpp"

namespace updraft::device {

// [device]
class DiscardDoor final : public Door {
 public:
  const Protocol& protocol() const override { return kDiscard; }
  std::vector<std::string> openers() const override { return {"--discard"}; }
  void add_options(CLI::App& command) override {
    command.add_option("--discard", port_, "a stream to this port; 0: any free one");
  }
  bool asked_for() const override { return port_.has_value(); }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override {
    return std::make_unique<TcpPort>(
        context, listening_by(kDiscard, context), *port_, kept,
        [&context] { return std::make_unique<Receiver<link::DiscardDevice>>(context, kDiscard); });
  }

 private:
  std::optional<std::uint16_t> port_;
};
// [end]

}  // namespace updraft::device
