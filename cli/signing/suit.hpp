// The subcommands of `updraft suit` that have a file of their own.
#pragma once
#include <CLI/App.hpp>

namespace updraft::cli {

void add_suit_token(CLI::App& suit);
void add_suit_verify(CLI::App& suit, int& status);

}  // namespace updraft::cli
