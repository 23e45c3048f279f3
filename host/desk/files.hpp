// Whole files in memory, with a limit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

namespace updraft::host {

inline constexpr std::size_t kMaxFileBytes = 128 * 1024 * 1024;  // the largest flash there is

// "-" is standard input. Throws Trouble: not there, a directory, not readable, larger than the
// limit.
std::vector<std::byte> read_file(const std::string& path);

// Replaces the file in one step: readers see the old one or all of the new one. A pipe or
// /dev/stdout is written directly. Throws Trouble.
void write_file(const std::string& path, Bytes bytes);

}  // namespace updraft::host
