// What a person may have meant who typed a command line that makes no sense.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include <CLI/App.hpp>

namespace updraft::cli {

// The candidate that is at most a third of its length away in insertions, deletions, changes and
// swaps of neighbours; empty: none is.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

std::vector<std::string> command_names(const CLI::App& app);

// "updraft push: there is no option --restrat; did you mean --restart?"
std::string explain_usage(const CLI::App& app, const CLI::ParseError& error);

}  // namespace updraft::cli
