// Whole files in memory, with a limit.
#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "updraft/core/bytes.hpp"

namespace updraft::cli {

inline constexpr std::size_t kMaxFileBytes = 128 * 1024 * 1024;  // the largest flash there is

// "-" is standard input. Throws Stop: not there, a directory, not readable, larger than the limit.
std::vector<std::byte> read_file(const std::string& path);

// Replaces the file. Throws Stop.
void write_file(const std::string& path, Bytes bytes);

}  // namespace updraft::cli
