// `updraft push FILE ws[s]://HOST/ota/ws`: the update page's job from a terminal.
#pragma once
#include <string>

#include "cli/push_door.hpp"
#include "cli/ws_client.hpp"

namespace updraft::cli {

struct WsPushOptions {
  bool restart = false;
  bool confirm = false;  // the new image, once it runs; restarts into it
  std::string pending;   // what to do with an image that is on trial before: keep, rollback
  TlsOptions tls;
};

class WsPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kWs; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  int push(const PushJob& job) override;

 private:
  WsPushOptions options_;
};

}  // namespace updraft::cli
