// `updraft push FILE updraft://HOST|ID|NAME`: to a device that this computer is paired with.
#pragma once
#include "cli/push/push_door.hpp"

namespace updraft::cli {

class NativePushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kNative; }
  void add_options(CLI::App& command) override;
  std::string examples() const override {
    return "  updraft push build/app.bin updraft://kitchen       # paired before: updraft pair\n";
  }
  bool names(std::string_view target) const override;
  int push(const PushJob& job) override;

 private:
  std::string id_;
  bool log_ = false;
  CLI::Option *restart_ = nullptr, *confirm_ = nullptr, *plain_ = nullptr;  // those of ws://
  CLI::Option* no_wait_ = nullptr;
};

}  // namespace updraft::cli
