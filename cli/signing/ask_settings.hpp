// Asks a person once who a project's packages are for, and writes updraft.toml.
#pragma once
#include <optional>
#include <string>

#include "host/signing/project_settings.hpp"

namespace updraft::cli {

// Where there are none above `image` yet. `key`: the key file that was named already, or empty.
// nullopt: nobody is there to ask, as no terminal is. Throws Stop: an answer is missing, or there
// is no such key; host::Trouble: a name that none can have. Then nothing is written.
std::optional<host::ProjectSettings> ask_settings(const std::string& image, const std::string& key);

}  // namespace updraft::cli
