// Whole files in memory, with a limit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::cli {

inline constexpr std::size_t kMaxFileBytes = 128 * 1024 * 1024;  // the largest flash there is

// "-" is standard input. Throws Stop: not there, a directory, not readable, larger than the limit.
std::vector<std::byte> read_file(const std::string& path);

// Replaces the file in one step: readers see the old one or all of the new one. A pipe or
// /dev/stdout is written directly. Throws Stop.
void write_file(const std::string& path, Bytes bytes);

// For files with secrets: a warning where group or others may read it.
void warn_if_others_can_read(const std::string& path);

}  // namespace updraft::cli
