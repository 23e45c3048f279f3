// The commands about keys and signatures, as cli/command.hpp has the others.
#pragma once
#include "cli/command.hpp"

namespace updraft::cli {

void add_key(CLI::App& app);
void add_keyset(CLI::App& app, int& status);
void add_sign(CLI::App& app);
void add_suit(CLI::App& app, int& status);

}  // namespace updraft::cli
