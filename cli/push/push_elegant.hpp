// `updraft push FILE elegant://HOST`: what ElegantOTA's page does.
#pragma once
#include "cli/push/push_http.hpp"

namespace updraft::cli {

class ElegantPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kElegant; }
  void add_options(CLI::App& command) override;
  std::string examples() const override;
  bool names(std::string_view target) const override { return target == "fs"; }
  bool asks_about_data() const override { return true; }
  int push(const PushJob& job) override;

 private:
  SharedUser user_;
  HttpPushOptions options_;
};

}  // namespace updraft::cli
