// `updraft push DIR bundle://HOST`: many files in one update, to a device that knows the password.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/words/password.hpp"

namespace updraft::cli {

class BundlePushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kBundle; }
  void add_options(CLI::App& command) override {
    password_.add_options(command, "bundle");
    command.add_flag("--follow-links", follow_links_,
                     "of a directory: send files that symbolic links within it lead to");
  }
  std::string other_files() const override { return "a directory"; }
  std::string examples() const override {
    return "  updraft push src bundle://192.168.1.20 --password-file secret\n";
  }
  int push(const PushJob& job) override;

 private:
  SharedPassword password_;
  bool follow_links_ = false;
};

}  // namespace updraft::cli
