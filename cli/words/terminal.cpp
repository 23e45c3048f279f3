#include "cli/words/terminal.hpp"

#include <cstdlib>
#include <string_view>

#include <sys/ioctl.h>
#include <unistd.h>

namespace updraft::cli {
namespace {

constexpr std::size_t kUsualColumns = 80, kFewestColumns = 20;

std::string_view variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? std::string_view() : value;
}

}  // namespace

bool on_terminal(int fd) { return isatty(fd) == 1; }

std::size_t terminal_columns(int fd) {
  winsize size{};
  if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    return size.ws_col < kFewestColumns ? kFewestColumns : size.ws_col;
  }
  return kUsualColumns;
}

bool wants_colour() {
  if (!variable("NO_COLOR").empty()) return false;
  const std::string_view force = variable("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return on_terminal() && variable("CLICOLOR") != "0" && variable("TERM") != "dumb";
}

bool writes_utf8() {
  for (const char* const name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view locale = variable(name);
    if (locale.empty()) continue;
    for (const std::string_view word : {"UTF-8", "utf-8", "UTF8", "utf8"}) {
      if (locale.find(word) != locale.npos) return true;
    }
    return false;
  }
  return false;
}

}  // namespace updraft::cli
