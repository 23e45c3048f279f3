// Files as commands read and write them.
#pragma once
#include <string>

#include "host/desk/files.hpp"

namespace updraft::cli {

using host::read_file;
using host::write_file;

inline constexpr std::size_t kMostSecretFile = 64 * 1024;  // one with a password or key

// Of what is about to leave this computer: throws Stop where it is one.
void refuse_private_key(Bytes content, const std::string& name);

// For files with secrets: a warning if group or others may read it.
void warn_if_others_can_read(const std::string& path);

}  // namespace updraft::cli
