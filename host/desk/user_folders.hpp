// Where the user of this computer keeps what belongs to Updraft (XDG Base Directory Specification).
#pragma once
#include <filesystem>
#include <optional>

namespace updraft::host {

// $XDG_CONFIG_HOME/updraft or ~/.config/updraft; $XDG_CACHE_HOME/updraft or ~/.cache/updraft: what
// may be deleted at any time. It may not be there yet. nullopt: neither variable says where.
std::optional<std::filesystem::path> config_folder();
std::optional<std::filesystem::path> cache_folder();

}  // namespace updraft::host
