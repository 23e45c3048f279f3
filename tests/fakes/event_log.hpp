// An Observer that writes down every event, as one word or code.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "updraft/events.hpp"

namespace updraft::fakes {

class EventLog final : public Observer {
 public:
  void on_begun(const Session& session) override { begun.push_back(session.id); }
  void on_state(UpdateState state) override { states.emplace_back(name(state)); }
  void on_progress(std::uint64_t received, std::uint64_t) override { progress = received; }
  void on_installed(const Installed& installed) override {
    note(installed.session, "installed");
    trust = installed.trust;
    version = std::string(installed.image.app.version.view());
  }
  void on_files_installed(const FilesInstalled& installed) override {
    const std::string what = installed.changed ? "files:" : "current files:";
    note(installed.session, what + std::to_string(installed.count));
    trust = installed.trust;
  }
  void on_current(const Session& session, const format::ImageInfo& image) override {
    note(session, "current");
    version = std::string(image.app.version.view());
  }
  void on_key_set(std::uint64_t number) override {
    ended.push_back("key_set:" + std::to_string(number));
  }
  void on_ended(const Session& session, const Error& error) override {
    note(session, std::string(name(error.code)));
  }
  void on_confirmed() override { ended.emplace_back("confirmed"); }
  void on_remembered(const Remembered& image) override {
    ended.emplace_back("remembered:" + std::string(name(image.why)));
  }
  void on_let_in(const crypto::Sha256Digest&) override { ended.emplace_back("let_in"); }

  std::vector<std::string> states, ended;
  std::vector<std::uint32_t> begun, over;  // the sessions that had the engine; all, as they ended
  std::uint64_t progress = 0;
  std::optional<Trust> trust;
  std::string version;

 private:
  void note(const Session& session, const std::string& how) {
    ended.push_back(how);
    over.push_back(session.id);
  }
};

}  // namespace updraft::fakes
