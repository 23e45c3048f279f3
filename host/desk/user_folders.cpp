#include "host/desk/user_folders.hpp"

#include <cstdlib>

namespace updraft::host {
namespace {

// A relative path in the variable counts as none, as the specification wants it.
std::optional<std::filesystem::path> folder(const char* variable, const char* below_home) {
  const char* const said = std::getenv(variable);
  if (said != nullptr && *said == '/') return std::filesystem::path(said) / "updraft";
  const char* const home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return std::filesystem::path(home) / below_home / "updraft";
}

}  // namespace

std::optional<std::filesystem::path> config_folder() {
  return folder("XDG_CONFIG_HOME", ".config");
}
std::optional<std::filesystem::path> cache_folder() { return folder("XDG_CACHE_HOME", ".cache"); }

}  // namespace updraft::host
