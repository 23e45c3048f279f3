// The password of bundle://, from wherever a user keeps it (security.md section 7): --password,
// --password-file, UPDRAFT_PASSWORD, or a prompt without echo.
#pragma once
#include <string>
#include <string_view>

#include <CLI/App.hpp>

namespace updraft::cli {

struct PasswordOptions {
  std::string text;  // --password
  std::string file;
};

enum class Ask : bool { no, yes };  // whether a terminal may be asked

void add_password_options(CLI::App& command, PasswordOptions& options);

// Warns if the way it came can be seen by others. Throws Stop(kUsage) if there is none.
// `who` needs it.
std::string read_password(const PasswordOptions& options, Ask ask, std::string_view who = "bundle");

}  // namespace updraft::cli
