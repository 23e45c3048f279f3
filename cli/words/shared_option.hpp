// An option that several protocols of a command share. Its description says what is the same for
// all of them; whose it is, its option text says, which the manual page shows.
#pragma once
#include <functional>
#include <string>

#include <CLI/App.hpp>

namespace updraft::cli {

// `who`: one of whose it is, "raw". `make` adds it where it is not there yet. Returns the option.
CLI::Option* share(CLI::App& command, const std::string& name, const std::string& who,
                   const std::function<CLI::Option*()>& make);

}  // namespace updraft::cli
