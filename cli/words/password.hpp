// A password, from wherever a user keeps it (security.md section 7): --password, --password-file,
// UPDRAFT_PASSWORD, or a prompt without echo.
#pragma once
#include <string>
#include <string_view>

#include <CLI/App.hpp>

namespace updraft::cli {

struct PasswordOptions {
  std::string text;  // --password
  std::string file;
  bool takes_text = true;  // whether the command has --password
};

// --password and --password-file of a command whose protocols share them: each adds itself.
class SharedPassword {
 public:
  // `who`: "bundle". The options are there already if another protocol has added them.
  void add_options(CLI::App& command, const std::string& who);
  // Once the command line is read.
  PasswordOptions given() const;
  bool is_given() const { return text_->count() + file_->count() > 0; }

 private:
  const CLI::Option *text_ = nullptr, *file_ = nullptr;
};

// --user, the same way.
class SharedUser {
 public:
  // `who`: "elegant".
  void add_options(CLI::App& command, const std::string& who);
  std::string given() const;  // empty: it was not

 private:
  const CLI::Option* user_ = nullptr;
};

enum class Ask : bool { no, yes };  // whether a terminal may be asked

// Warns if the way it came can be seen by others. Throws Stop(kUsage) if there is none.
// `who` needs it.
std::string read_password(const PasswordOptions& options, Ask ask, std::string_view who = "bundle");
// The same of a password that is made up now: who types it does so twice.
std::string new_password(const PasswordOptions& options, std::string_view who);
// As read_password, but "" if there is none and nobody is asked.
std::string known_password(const PasswordOptions& options);

}  // namespace updraft::cli
