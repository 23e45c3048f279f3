// A subcommand is one file pair: add_<name>() declares its options and help and says what to run.
// `status` becomes the program's exit status (Status in cli/output.hpp).
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/output.hpp"

namespace updraft::cli {

void add_device(CLI::App& app, int& status);
void add_push(CLI::App& app, int& status);
void add_confirm(CLI::App& app, int& status);
void add_rollback(CLI::App& app, int& status);
void add_serve(CLI::App& app, int& status);
void add_inspect(CLI::App& app, int& status);
void add_image(CLI::App& app, int& status);
void add_encrypt(CLI::App& app, int& status);
void add_decrypt(CLI::App& app, int& status);
void add_delta(CLI::App& app, int& status);

// argv as main() got it, for a program that starts itself again.
char**& program_arguments();

// Thrown by a subcommand that cannot go on; main() prints it and exits with `status`. `code` is
// what a result event says: "local" for what concerns this machine alone.
class Stop : public std::runtime_error {
 public:
  Stop(Status how, const std::string& what) : std::runtime_error(what), status(how) {}
  Stop(const Error& why, const std::string& what)
      : std::runtime_error(what), status(status_of(why)), code(name(why.code)) {}
  Status status;
  std::string_view code = "local";
};

}  // namespace updraft::cli
