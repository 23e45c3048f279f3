// updraft completion, updraft man: for shells and for man(1), from the options as they are
// declared.
#include <algorithm>

#include <fmt/format.h>

#include "updraft/version.hpp"

#include "cli/help.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {

std::string full_name(const CLI::App& app, char between) {
  const CLI::App* const parent = app.get_parent();
  return parent == nullptr ? app.get_name()
                           : full_name(*parent, between) + between + app.get_name();
}

template <class Each>
void for_all(const CLI::App& app, Each each) {
  each(app);
  for (const CLI::App* const command : app.get_subcommands({})) for_all(*command, each);
}

std::string words_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* const command : app.get_subcommands({})) words += command->get_name() + " ";
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

// The words that may follow a command; elsewhere, and for values, files.
std::string bash(const CLI::App& app) {
  std::string cases;
  for_all(app, [&](const CLI::App& command) {
    cases += fmt::format("    '{}') words='{}' ;;\n", full_name(command, ' '), words_of(command));
  });
  std::string known;
  for_all(app, [&](const CLI::App& command) { known += "|" + full_name(command, ' ') + "|"; });
  return fmt::format(
      "# updraft completion bash > ~/.local/share/bash-completion/completions/updraft\n"
      "_updraft() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} command=updraft words='' i\n"
      "  local known='{}'\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    [[ $known == *\"|$command ${{COMP_WORDS[i]}}|\"* ]] && command+=\" "
      "${{COMP_WORDS[i]}}\"\n"
      "  done\n"
      "  case $command in\n{}  esac\n"
      "  COMPREPLY=($(compgen -W \"$words\" -- \"$word\"))\n"
      "  [[ ${{#COMPREPLY[@]}} -eq 0 ]] && COMPREPLY=($(compgen -f -- \"$word\"))\n"
      "}}\n"
      "complete -o filenames -F _updraft updraft\n",
      known, cases);
}

std::string zsh(const CLI::App& app) {
  return "#compdef updraft\n"
         "# updraft completion zsh > a file _updraft in a folder of $fpath\n"
         "autoload -U +X bashcompinit && bashcompinit\n" +
         bash(app);
}

std::string quoted(std::string text) {
  for (std::size_t at = 0; (at = text.find('\'', at)) != text.npos; at += 2) text.insert(at, "\\");
  return "'" + text + "'";
}

std::string fish(const CLI::App& app) {
  std::string text = "# updraft completion fish > ~/.config/fish/completions/updraft.fish\n";
  for_all(app, [&](const CLI::App& command) {
    std::string when = "__fish_use_subcommand";
    if (command.get_parent() != nullptr) {
      when = "__fish_seen_subcommand_from " + command.get_name();
      const std::string parent =
          command.get_parent()->get_parent() == nullptr
              ? "__fish_use_subcommand"
              : "__fish_seen_subcommand_from " + command.get_parent()->get_name();
      text += fmt::format("complete -c updraft -n '{}' -a {} -d {}\n", parent, command.get_name(),
                          quoted(command.get_description()));
    }
    for (const CLI::Option* const option : command.get_options()) {
      for (const std::string& name : option->get_lnames()) {
        text += fmt::format("complete -c updraft -n '{}' -l {}{} -d {}\n", when, name,
                            option->get_type_size() == 0 ? "" : " -r",
                            quoted(option->get_description()));
      }
    }
  });
  return text;
}

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

std::string man_page(const CLI::App& app) {
  const std::string name = full_name(app, ' ');
  std::string text = fmt::format(
      ".TH \"{}\" 1 \"\" \"Updraft {}\" \"Updraft\"\n.SH NAME\n{} \\- {}\n", full_name(app, '-'),
      UPDRAFT_VERSION, roff(full_name(app, '-')), roff(app.get_description()));
  text += fmt::format(".SH SYNOPSIS\n.B {}\n", roff(name));
  for (const CLI::Option* const option : app.get_options()) {
    if (option->get_positional()) text += fmt::format(".I {}\n", roff(option->get_name(true)));
  }
  text += app.get_subcommands({}).empty() ? "[options]\n" : "COMMAND [options]\n";
  text += ".SH OPTIONS\n";
  for (const CLI::Option* const option : app.get_options()) {
    const std::string names =
        option->get_positional() ? option->get_name(true) : option->get_name(false, true);
    const std::string whose = option->get_option_text();
    text +=
        fmt::format(".TP\n\\fB{}\\fR {}\n{}{}\n", roff(names), roff(value_of(*option)),
                    roff(option->get_description()), whose.empty() ? "" : roff(" (" + whose + ")"));
  }
  const auto commands = app.get_subcommands({});
  if (!commands.empty()) text += ".SH COMMANDS\n";
  for (const CLI::App* const command : commands) {
    text += fmt::format(".TP\n\\fB{}\\fR\n{}\n", roff(command->get_name()),
                        roff(command->get_description()));
  }
  return text + ".SH NOTES\n.nf\n" + roff(app.get_footer()) + ".fi\n";
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

void add_completion(CLI::App& app) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* command = app.add_subcommand("completion", "Print completions for a shell.");
  command->add_option("SHELL", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  command->footer(
      "Examples:\n"
      "  updraft completion bash > ~/.local/share/bash-completion/completions/updraft\n");
  command->callback([shell, &app] {
    fmt::print("{}", *shell == "bash" ? bash(app) : *shell == "zsh" ? zsh(app) : fish(app));
  });
}

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
