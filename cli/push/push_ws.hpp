// `updraft push FILE ws[s]://HOST/ota/ws`: the update page's job from a terminal.
#pragma once
#include <string>

#include "cli/push/push_door.hpp"
#include "cli/tls_options.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class WsPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kWs; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  bool names(std::string_view) const override { return true; }
  bool asks_about_data() const override { return true; }
  int push(const PushJob& job) override;

 private:
  bool restart_ = false;
  bool confirm_ = false;
  bool force_ = false;
  bool retry_ = false;
  bool compress_ = false;
  bool plain_ = false;
  std::string pending_;  // keep, rollback
  SharedTls tls_;
  SharedPassword password_;
};

}  // namespace updraft::cli
