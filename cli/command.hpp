// A subcommand is one file or folder: add_<name>() declares its options and help and says what to
// run. `status` becomes the program's exit status (Status in cli/words/output.hpp).
#pragma once
#include <stdexcept>
#include <string>
#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/doors.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {

void add_device(CLI::App& app, int& status, device::Doors doors);
void add_push(CLI::App& app, int& status, PushDoors doors);
void add_confirm(CLI::App& app, int& status, TrialDoors doors);
void add_rollback(CLI::App& app, int& status, TrialDoors doors);
void add_restart(CLI::App& app, int& status, TrialDoors doors);
void add_serve(CLI::App& app, int& status, ServeDoors doors);
void add_find(CLI::App& app, int& status);
void add_pair(CLI::App& app);
void add_inspect(CLI::App& app, int& status);
void add_image(CLI::App& app, int& status);
void add_flash(CLI::App& app, int& status);
void add_encrypt(CLI::App& app, int& status);
void add_decrypt(CLI::App& app, int& status);
void add_delta(CLI::App& app, int& status);
void add_espota(CLI::App& app, int& status);

// argv as main() got it, for a program that starts itself again.
char**& program_arguments();

}  // namespace updraft::cli
