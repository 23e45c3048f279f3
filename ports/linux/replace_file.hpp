// A file replaced as a whole: written beside under a name that nobody can guess, then renamed. A
// kill or a full disk leaves the old file or the new one. Who must survive a crash of the system
// forces the file beside to the disk before he renames it (write_beside()).
//
// What somebody else has put beside is not used: the new file is a new one (O_EXCL), is no link,
// and has its mode from its first byte on.
#pragma once
#include <filesystem>

#include "updraft/bytes.hpp"

namespace updraft::linux_port {

inline constexpr unsigned kPublicMode = 0666;   // what the umask leaves of it
inline constexpr unsigned kPrivateMode = 0600;  // keys

// Both throw std::system_error; nothing is left then.
void replace_file(const std::filesystem::path& file, Bytes bytes, unsigned mode = kPublicMode);
// The first half: returns the name of the file beside.
std::filesystem::path write_beside(const std::filesystem::path& file, Bytes bytes,
                                   unsigned mode = kPublicMode);

// All of it; returns 0, or the errno of what went wrong.
int write_all(int fd, Bytes bytes);

// What kills have left of write_beside() in a directory that nobody else uses now.
void remove_leftovers(const std::filesystem::path& directory);

}  // namespace updraft::linux_port
