// updraft man: pages for man(1), from the options as they are declared.
#include <algorithm>

#include <fmt/format.h>

#include "updraft/version.hpp"

#include "cli/help.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {

constexpr std::string_view kExitStatus =
    ".SH EXIT STATUS\n"
    "0: done.\n.br\n1: refused or invalid; the same again will not help.\n.br\n"
    "2: wrong usage, or a file that is not there.\n.br\n3: failed on the way; try again.\n";

// A line that begins with a point or a quote would be a request to roff.
std::string roff(std::string_view text) {
  std::string out;
  bool fresh = true;
  for (const char c : text) {
    if (fresh && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
    fresh = c == '\n';
  }
  return out;
}

std::string item(std::string_view name, std::string_view value, std::string_view text) {
  const std::string shown = value.empty() ? "" : fmt::format(" \\fI{}\\fR", roff(value));
  return fmt::format(".TP\n\\fB{}\\fR{}\n{}\n", roff(name), shown, roff(text));
}

// What it does, and of which protocols it is.
std::string told_of(const CLI::Option& option) {
  const std::string& whose = option.get_option_text();
  return described(option) + (whose.empty() ? "" : " (" + whose + ")");
}

std::string options(const CLI::App& app) {
  std::string text;
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) text += item(option->get_name(true), "", described(*option));
  }
  if (!text.empty()) text = ".SH ARGUMENTS\n" + text;
  text += ".SH OPTIONS\n";
  for (const std::string& group : app.get_groups()) {
    std::string inside;
    for (const CLI::Option* const option : app.get_options()) {
      if (option->get_positional() || option->get_group() != group) continue;
      inside += item(option->get_name(false, true), cli::value_of(*option), told_of(*option));
    }
    if (inside.empty() || group.empty()) continue;
    if (group != "Options") text += ".SS " + roff(group) + "\n";
    text += inside;
  }
  return text;
}

// What --help ends with: each line a paragraph, but for examples, which begin with blanks.
std::string notes(const std::string& footer) {
  std::string text;
  bool in_block = false;
  for (std::size_t at = 0; at < footer.size();) {
    const std::size_t end = std::min(footer.find('\n', at), footer.size());
    const std::string line = footer.substr(at, end - at);
    at = end + 1;
    const bool typed = line.starts_with("  ");
    if (typed != in_block) text += typed ? ".PP\n.RS 2\n.nf\n" : ".fi\n.RE\n";
    in_block = typed;
    if (typed) {
      text += roff(line.substr(2)) + "\n";
    } else if (line == "Examples:" || line == "Start here:") {
      text += ".SH EXAMPLES\n";
    } else if (!line.empty() && !line.starts_with("Exit status:")) {  // it has its own section
      if (!text.contains(".SH ")) text += ".SH NOTES\n";
      text += ".PP\n" + roff(line) + "\n";
    }
  }
  return text + (in_block ? ".fi\n.RE\n" : "");
}

std::string see_also(const CLI::App& app) {
  std::string list;
  const auto add = [&](const CLI::App& one) {
    list += fmt::format("{}.BR {} (1)", list.empty() ? "" : ",\n", roff(full_name(one, '-')));
  };
  if (app.get_parent() != nullptr) add(*app.get_parent());
  for (const CLI::App* const command : app.get_subcommands({})) add(*command);
  return list.empty() ? "" : ".SH SEE ALSO\n" + list + "\n";
}

std::string man_page(const CLI::App& app) {
  std::string text = fmt::format(
      ".TH \"{}\" 1 \"\" \"Updraft {}\" \"Updraft\"\n.ad l\n.nh\n.SH NAME\n{} \\- {}\n.SH "
      "SYNOPSIS\n"
      "\\fB{}\\fR{}\n",
      full_name(app, '-'), UPDRAFT_VERSION, roff(full_name(app, '-')), roff(app.get_description()),
      roff(full_name(app, ' ')), roff(arguments_of(app)));
  text += options(app);
  const auto commands = app.get_subcommands({});
  if (!commands.empty()) text += ".SH COMMANDS\n";
  for (const CLI::App* const command : commands) {
    text += item(command->get_name(), "", command->get_description());
  }
  return text + notes(app.get_footer()) + std::string(kExitStatus) + see_also(app);
}

const CLI::App& find(const CLI::App& app, const std::vector<std::string>& words) {
  const CLI::App* at = &app;
  for (const std::string& word : words) {
    const auto inside = at->get_subcommands({});
    const auto found =
        std::ranges::find(inside, word, [](const CLI::App* a) { return a->get_name(); });
    if (found == inside.end()) throw Stop(kUsage, "there is no command " + word);
    at = *found;
  }
  return *at;
}

}  // namespace

void add_man(CLI::App& app) {
  const auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("man", "Print the manual page of a command.");
  command->add_option("COMMAND", *words, "push, image make, ...; none: of updraft itself");
  command->footer(
      "Examples:\n"
      "  updraft man push | man -l -\n");
  command->callback([words, &app] { fmt::print("{}", man_page(find(app, *words))); });
}

}  // namespace updraft::cli
