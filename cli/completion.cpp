// updraft completion: for shells, from the options as they are declared.
#include <algorithm>

#include <fmt/format.h>

#include "cli/help.hpp"

namespace updraft::cli {
namespace {

template <class Each>
void for_all(const CLI::App& app, Each each) {
  each(app);
  for (const CLI::App* const command : app.get_subcommands({})) for_all(*command, each);
}

std::string options_of(const CLI::App& app) {
  std::string words;
  for (const CLI::Option* const option : app.get_options()) {
    for (const std::string& name : option->get_lnames()) words += "--" + name + " ";
  }
  if (!words.empty()) words.pop_back();
  return words;
}

std::string commands_of(const CLI::App& app) {
  std::string words;
  for (const CLI::App* const command : app.get_subcommands({})) words += command->get_name() + " ";
  if (!words.empty()) words.pop_back();
  return words;
}

// A command that talks to a device takes its name for a URL.
bool takes_device(const CLI::App& app) {
  return std::ranges::any_of(app.get_options(), [](const CLI::Option* option) {
    return option->get_positional() && option->get_name(true) == "TARGET";
  });
}

// Asked for again after half a minute. Names are found on the network, so a shell never evaluates
// them; --names leaves out what is no plain word.
constexpr std::string_view kBashNames =
    "_updraft_find() {\n"
    "  [[ -n ${_updraft_asked-} && $((SECONDS - _updraft_asked)) -lt 30 ]] && return\n"
    "  _updraft_found=$(updraft find --names --seconds 0.5 2>/dev/null) _updraft_asked=$SECONDS\n"
    "}\n";

// After a command: its options where the word begins like one; else its subcommands, or devices
// where it talks to one, and files.
std::string bash(const CLI::App& app) {
  std::string cases, known;
  for_all(app, [&](const CLI::App& command) {
    cases += fmt::format("    '{}') commands='{}' options='{}'{} ;;\n", full_name(command, ' '),
                         commands_of(command), options_of(command),
                         takes_device(command) ? " device=1" : "");
    known += "|" + full_name(command, ' ') + "|";
  });
  return fmt::format(
      "# updraft completion bash > ~/.local/share/bash-completion/completions/updraft\n"
      "{}"
      "_updraft() {{\n"
      "  local word=${{COMP_WORDS[COMP_CWORD]}} command=updraft commands='' options='' device='' i "
      "name\n"
      "  local known='{}'\n"
      "  for ((i = 1; i < COMP_CWORD; ++i)); do\n"
      "    [[ $known == *\"|$command ${{COMP_WORDS[i]}}|\"* ]] && command+=\" "
      "${{COMP_WORDS[i]}}\"\n"
      "  done\n"
      "  case $command in\n{}  esac\n"
      "  COMPREPLY=()\n"
      "  if [[ $word == -* ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n"
      "  elif [[ -n $commands ]]; then\n"
      "    COMPREPLY=($(compgen -W \"$commands\" -- \"$word\"))\n"
      "  fi\n"
      "  if [[ -n $device && $word != -* && $word != *[:/]* ]]; then\n"
      "    _updraft_find\n"
      "    for name in $_updraft_found; do\n"
      "      [[ $name == \"$word\"* ]] && COMPREPLY+=(\"$name\")\n"
      "    done\n"
      "  fi\n"
      "  [[ -n $commands || $word == -* ]] || COMPREPLY+=($(compgen -f -- \"$word\"))\n"
      "}}\n"
      "complete -o filenames -F _updraft updraft\n",
      kBashNames, known, cases);
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
    if (takes_device(command)) {
      text += fmt::format(
          "complete -c updraft -n '{}' -a '(updraft find --names --seconds 0.5 2>/dev/null)' -d "
          "device\n",
          when);
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

}  // namespace updraft::cli
