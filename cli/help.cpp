#include "cli/help.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "cli/words/terminal.hpp"
#include "cli/words/text.hpp"

namespace updraft::cli {
namespace {

constexpr std::size_t kWidest = 100;  // longer lines are hard to read
constexpr std::size_t kLeft = 26;     // the column of names

std::string heading(std::string_view text) {
  return wants_colour() ? fmt::format("\x1b[1m{}:\x1b[0m\n", text) : fmt::format("{}:\n", text);
}

// "  --name VALUE          what it does", wrapped.
std::string entry(const std::string& left, const std::string& right, std::size_t columns) {
  std::string line = "  " + left;
  if (line.size() + 2 > kLeft) {
    line += "\n" + std::string(kLeft, ' ');
  } else {
    line.resize(kLeft, ' ');
  }
  return line + wrapped(right, columns - kLeft, kLeft) + "\n";
}

std::string names(const CLI::Option& option) {
  std::string text;
  for (const std::string& name : option.get_snames()) text += "-" + name + ", ";
  for (const std::string& name : option.get_lnames()) text += "--" + name + ", ";
  if (text.size() >= 2) text.resize(text.size() - 2);
  return text;
}

std::string usage(const CLI::App& app, const std::string& name) {
  return "Usage: " + name + arguments_of(app) + "\n";
}

std::string options(const CLI::App& app, const std::string& group,
                    const std::function<bool(const CLI::Option&)>& shows, std::size_t columns) {
  std::string text;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional() || option->get_group() != group || !shows(*option)) continue;
    const std::string value = value_of(*option);
    text += entry(names(*option) + (value.empty() ? "" : " " + value), described(*option), columns);
  }
  return text;
}

// A command as it is typed; one that is too long goes on after a backslash, and its comment above
// it.
std::string example(std::string line, std::size_t columns) {
  if (line.size() <= columns) return line;
  std::string out;
  const std::size_t comment = line.find(" # ");
  if (comment != line.npos) {
    out = "  " + line.substr(comment + 1) + "\n";
    line.resize(line.find_last_not_of(' ', comment) + 1);
  }
  constexpr std::string_view kOn = " \\\n      ";
  for (std::size_t room = columns - 2; line.size() > room; room = columns - 8) {
    const std::size_t blank = line.rfind(' ', room);
    if (blank == line.npos || blank < 6) break;
    out += line.substr(0, blank) + std::string(kOn);
    line = line.substr(blank + 1);
  }
  return out + line;
}

// Sentences are wrapped; examples begin with blanks.
std::string footer(const std::string& text, std::size_t columns) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    const std::string line = text.substr(at, end - at);
    out += (line.starts_with("  ") ? example(line, columns) : wrapped(line, columns, 0)) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string value_of(const CLI::Option& option) {
  if (option.get_type_size() == 0) return "";
  const std::string type = option.get_type_name();
  static const std::map<std::string, std::string, std::less<>> kWords = {
      {"TEXT", "TEXT"},           {"UINT", "N"},  {"INT", "N"},    {"FLOAT", "N"}, {"PATH", "FILE"},
      {"PATH(existing)", "FILE"}, {"DIR", "DIR"}, {"FILE", "FILE"}};
  std::size_t end = type.find(':');  // what follows is a check, but in NAME[:PORT]
  if (end != type.npos && end > 0 && type[end - 1] == '[') end = type.find(':', end + 1);
  const std::string first = type.substr(0, end);
  const auto word = kWords.find(first);
  const std::string_view rest = std::string_view(type).substr(std::min(first.size(), type.size()));
  if (rest.starts_with(":{")) {  // one of a few: {a,b,c}
    std::string few(rest.substr(2, rest.size() - 3));
    std::ranges::replace(few, ',', '|');
    return few;
  }
  if (rest.starts_with(":FILE")) return "FILE";
  if (rest.starts_with(":SIZE")) return "SIZE";
  return word == kWords.end() ? first : word->second;
}

std::string described(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty() && !value_of(option).empty()) {
    text += fmt::format(" (default: {})", option.get_default_str());
  }
  if (option.get_required() && option.nonpositional()) text += " (required)";
  return text;
}

std::string arguments_of(const CLI::App& app) {
  std::string line;
  for (const CLI::Option* const option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string one = option->get_name(true);
    line += option->get_required() ? " " + one : " [" + one + "]";
  }
  if (!app.get_subcommands({}).empty()) line += " COMMAND";
  return line + " [options]";
}

std::string full_name(const CLI::App& app, char between) {
  const CLI::App* const parent = app.get_parent();
  return parent == nullptr ? app.get_name()
                           : full_name(*parent, between) + between + app.get_name();
}

std::string Help::make_help(const CLI::App* app, std::string name, CLI::AppFormatMode) const {
  return write(*app, name, everything(*app));
}

Help::View Help::everything(const CLI::App& app) {
  View all{.shows = [](const CLI::Option&) { return true; },
           .arguments = {},
           .footer = app.get_footer()};
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional())
      all.arguments.push_back({option->get_name(true), described(*option)});
  }
  return all;
}

std::string Help::write(const CLI::App& app, const std::string& name, const View& view) {
  const std::size_t columns = std::min(terminal_columns(), kWidest) - 1;
  std::string text =
      wrapped(app.get_description(), columns, 0) + "\n" + wrapped(usage(app, name), columns, 7);
  if (!text.ends_with('\n')) text += '\n';
  if (!view.arguments.empty()) text += '\n';
  for (const auto& [left, right] : view.arguments) text += entry(left, right, columns);
  for (const std::string& group : app.get_groups()) {
    const std::string inside = group.empty() ? "" : options(app, group, view.shows, columns);
    if (!inside.empty()) text += "\n" + heading(group) + inside;
  }
  const auto commands = app.get_subcommands({});
  if (!commands.empty()) text += "\n" + heading("Commands");
  for (const CLI::App* const command : commands) {
    text += entry(command->get_name(), command->get_description(), columns);
  }
  return text + "\n" + footer(view.footer, columns);
}

}  // namespace updraft::cli
