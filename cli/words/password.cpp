#include "cli/words/password.hpp"

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <iostream>

#include <termios.h>
#include <unistd.h>

#include "cli/words/files.hpp"
#include "cli/words/shared_option.hpp"
#include "cli/words/stop.hpp"

namespace updraft::cli {
namespace {

constexpr const char* kVariable = "UPDRAFT_PASSWORD";

std::string first_line(const std::string& path) {
  warn_if_others_can_read(path);
  const std::vector<std::byte> bytes = read_file(path, kMostSecretFile);
  const std::string text(as_text(bytes));
  return text.substr(0, text.find_first_of("\r\n"));
}

// What the terminal was like before it was told not to show what is typed; a signal brings it back.
termios before_prompt{};

void on_signal(int number) {
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_prompt);
  std::signal(number, SIG_DFL);
  (void)std::raise(number);
}

std::string prompt(std::string_view who) {
  tcgetattr(STDIN_FILENO, &before_prompt);
  termios silent = before_prompt;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  constexpr int kEnds[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
  for (const int number : kEnds) std::signal(number, on_signal);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  Output::ask("Password of " + std::string(who) + ":");
  std::string line;
  std::getline(std::cin, line);
  tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_prompt);
  for (const int number : kEnds) std::signal(number, SIG_DFL);
  std::fputs("\n", stderr);
  return line;
}

}  // namespace

void SharedPassword::add_options(CLI::App& command, const std::string& who) {
  text_ = share(command, "--password", who, [&] {
    return command.add_option("--password")
        ->type_name("P")
        ->description("password; default: --password-file, else $UPDRAFT_PASSWORD");
  });
  file_ = share(command, "--password-file", who, [&] {
    return command.add_option("--password-file")
        ->type_name("FILE")
        ->description("file whose first line is the password");
  });
}

PasswordOptions SharedPassword::given() const {
  const auto last = [](const CLI::Option& option) {
    return option.count() == 0 ? std::string() : option.results().back();
  };
  return {.text = last(*text_), .file = last(*file_)};
}

void SharedUser::add_options(CLI::App& command, const std::string& who) {
  user_ = share(command, "--user", who, [&] {
    return command.add_option("--user")->type_name("NAME")->description(
        "user name of the login; elegant: admin if not given");
  });
}

std::string SharedUser::given() const {
  return user_->count() == 0 ? std::string() : user_->results().back();
}

std::string known_password(const PasswordOptions& options) {
  if (!options.text.empty()) {
    Output::warn(
        "others can read --password in the list of processes; --password-file or UPDRAFT_PASSWORD "
        "hide it");
    return options.text;
  }
  if (!options.file.empty()) {
    const std::string password = first_line(options.file);
    if (password.empty()) throw Stop(kUsage, "the password in " + options.file + " is empty");
    return password;
  }
  if (const char* variable = std::getenv(kVariable); variable != nullptr && *variable != '\0') {
    return variable;
  }
  return "";
}

std::string new_password(const PasswordOptions& options, std::string_view who) {
  std::string known = known_password(options);
  if (!known.empty()) return known;
  std::string typed = read_password(options, Ask::yes, who);
  if (prompt(std::string(who) + " once more") != typed) {
    throw Stop(kUsage, "the two passwords differ; nothing was written");
  }
  return typed;
}

std::string read_password(const PasswordOptions& options, Ask ask, std::string_view who) {
  std::string known = known_password(options);
  if (!known.empty()) return known;
  if (ask == Ask::yes && isatty(STDIN_FILENO) != 0) return prompt(who);
  throw Stop(kUsage,
             std::string(who) + " needs a password: UPDRAFT_PASSWORD" +
                 (options.takes_text ? ", --password-file or --password" : " or --password-file"));
}

}  // namespace updraft::cli
