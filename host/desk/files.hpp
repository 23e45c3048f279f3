// Whole files in memory, with a limit.
#pragma once
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "updraft/bytes.hpp"

#include "host/desk/trouble.hpp"

namespace updraft::host {

inline constexpr std::size_t kMaxFileBytes = 128 * 1024 * 1024;  // the largest flash there is

// What is no regular file must bring its next byte in time: a FIFO that nobody writes to, or a
// program before a pipe that hangs.
inline constexpr std::chrono::seconds kPipeSilence{60};
inline constexpr std::chrono::seconds kInputSilence{600};  // of standard input: somebody may type

// "-" is standard input. Nothing is read of what is larger than `most` and says so. Throws Trouble:
// not there, a directory, a device like /dev/zero, not readable, larger than `most`, silent for too
// long.
std::vector<std::byte> read_file(const std::string& path, std::size_t most = kMaxFileBytes);

// Replaces the file in one step: readers see the old one or all of the new one. A pipe or
// /dev/stdout is written directly, and a private key is not overwritten. Throws Trouble.
void write_file(const std::string& path, Bytes bytes);

// "cannot VERB PATH", with the reason: usage where that is the name, else failed.
Trouble cannot(const std::string& verb, const std::string& path, int error = errno);

}  // namespace updraft::host
