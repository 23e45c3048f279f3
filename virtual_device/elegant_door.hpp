// ElegantOTA's routes on the HTTP port of a virtual device (protocols/elegant/SPEC.md), with our
// own page behind /update.
#pragma once
#include "virtual_device/http_door.hpp"

namespace updraft::device {

class ElegantDoor final : public Door {
 public:
  explicit ElegantDoor(const HttpDoor& ports) : ports_(ports) {}  // which opens before it
  const Protocol& protocol() const override { return kElegant; }
  std::vector<std::string> openers() const override { return {"--elegant"}; }
  void add_options(CLI::App& command) override;
  void check() override;
  bool asked_for() const override { return elegant_; }
  std::unique_ptr<OpenDoor> open(const DoorContext& context, const KeptNumbers& kept) override;

 private:
  const HttpDoor& ports_;
  bool elegant_ = false;
};

}  // namespace updraft::device
