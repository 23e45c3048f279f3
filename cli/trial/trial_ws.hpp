// `updraft confirm ws[s]://HOST`, `updraft rollback` and `updraft restart`.
#pragma once
#include "cli/tls_options.hpp"
#include "cli/trial/trial_door.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class WsTrialDoor final : public TrialDoor {
 public:
  const Protocol& protocol() const override { return kWs; }
  void add_options(CLI::App& command) override {
    tls_.add_options(command, "wss");
    password_.add_options(command, "the device");
  }
  std::unique_ptr<host::TrialMethod> method(const host::Url& url) override;
  std::string explain(const Error& error, const host::Ended& ended,
                      const host::PushTo& to) const override {
    return explain_http(error, ended, to);
  }

 private:
  SharedTls tls_;
  SharedPassword password_;
};

}  // namespace updraft::cli
