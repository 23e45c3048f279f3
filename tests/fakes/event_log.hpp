// An Observer that writes down what it is told, one word or code per event.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "updraft/events.hpp"

namespace updraft::fakes {

class EventLog final : public Observer {
 public:
  void on_state(UpdateState state) override { states.emplace_back(name(state)); }
  void on_progress(std::uint64_t received, std::uint64_t) override { progress = received; }
  void on_installed(const Installed& installed) override {
    ended.emplace_back("installed");
    trust = installed.trust;
    version = std::string(installed.image.app.version.view());
  }
  void on_files_installed(const FilesInstalled& installed) override {
    ended.emplace_back("files:" + std::to_string(installed.count));
    trust = installed.trust;
  }
  void on_ended(Scheme, const Error& error) override { ended.emplace_back(name(error.code)); }
  void on_confirmed() override { ended.emplace_back("confirmed"); }
  void on_remembered(const crypto::Sha256Digest&) override { ended.emplace_back("remembered"); }

  std::vector<std::string> states, ended;
  std::uint64_t progress = 0;
  std::optional<Trust> trust;
  std::string version;
};

}  // namespace updraft::fakes
