#include "cli/hints.hpp"

#include <algorithm>

#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "cli/help.hpp"
#include "host/desk/url.hpp"

namespace updraft::cli {
namespace {

// Optimal string alignment: how many single mistakes lie between two words.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> to(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        to[i][j] = i + j;
        continue;
      }
      const std::size_t change = to[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      to[i][j] = std::min({to[i - 1][j] + 1, to[i][j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) to[i][j] = std::min(to[i][j], to[i - 2][j - 2] + 1);
    }
  }
  return to[a.size()][b.size()];
}

constexpr std::size_t kLongestWord = 64;  // of what is compared; a path is no mistyped option

// The command that was meant, as far as the command line says.
const CLI::App& meant(const CLI::App& app) {
  const CLI::App* at = &app;
  while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
  return *at;
}

std::vector<std::string> option_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string did_you_mean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string near = nearest(word, candidates);
  return near.empty() ? "" : fmt::format("; did you mean {}?", near);
}

// "FILE TARGET"
std::string positionals(const CLI::App& app) {
  std::string names;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) names += " " + option->get_name(true);
  }
  return names;
}

std::string explain_extra(const CLI::App& app, const std::string& word) {
  if (word.starts_with('-')) {
    const std::string name = word.substr(0, word.find('='));
    return fmt::format("there is no option {}{}", name, did_you_mean(name, option_names(app)));
  }
  const std::vector<std::string> commands = command_names(app);
  if (!commands.empty()) {
    return fmt::format("there is no {}{}", word, did_you_mean(word, commands));
  }
  return fmt::format("{} is one argument too many: it takes{} and options", word, positionals(app));
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.size() > kLongestWord) return "";
  std::string best;
  std::size_t least = kLongestWord;
  for (const std::string& candidate : candidates) {
    const std::size_t away = distance(word, candidate);
    if (away < least && 3 * away <= std::max<std::size_t>(candidate.size(), 3)) {
      least = away;
      best = candidate;
    }
  }
  return best;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands({}))
    names.push_back(command->get_name());
  return names;
}

std::string explain_usage(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = meant(app);
  std::string what = error.what();
  const std::vector<std::string> extras = app.remaining(true);
  const std::vector<std::string> commands = command_names(command);
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && !extras.empty()) {
    what = explain_extra(command, extras.front());
  } else if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr && !commands.empty()) {
    what = extras.empty() ? "want " + host::listed(commands, "or")
                          : explain_extra(command, extras.front());
  }
  return fmt::format("{}: {}\n{} --help tells more", full_name(command, ' '), what,
                     full_name(command, ' '));
}

}  // namespace updraft::cli
