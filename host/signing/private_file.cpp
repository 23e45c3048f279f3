#include "host/signing/private_file.hpp"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "host/desk/trouble.hpp"

namespace updraft::host {
namespace {

Trouble cannot_write(const std::string& path, int error) {
  const bool wrong_name = error == ENOENT || error == ENOTDIR || error == EACCES ||
                          error == ELOOP || error == ENAMETOOLONG || error == EROFS;
  return {wrong_name ? Trouble::Kind::usage : Trouble::Kind::failed,
          "cannot write " + path + ": " + std::strerror(error)};
}

// 0, or the errno of what went wrong.
int write_all(int file, Bytes bytes) {
  while (!bytes.empty()) {
    const ssize_t done = ::write(file, bytes.data(), bytes.size());
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) return errno;
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return ::fsync(file) == 0 || errno == EINVAL ? 0 : errno;
}

}  // namespace

void write_private_file(const std::string& path, Bytes bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) {
    throw Trouble(Trouble::Kind::usage, path + " is there already; it may be a key, so it stays");
  }
  if (file < 0) throw cannot_write(path, errno);
  int error = write_all(file, bytes);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0) return;
  ::unlink(path.c_str());
  throw cannot_write(path, error);
}

}  // namespace updraft::host
