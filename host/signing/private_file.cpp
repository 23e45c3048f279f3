#include "host/signing/private_file.hpp"

#include <cerrno>

#include <fcntl.h>
#include <unistd.h>

#include "host/desk/files.hpp"
#include "host/desk/trouble.hpp"
#include "host/desk/write_all.hpp"

namespace updraft::host {
namespace {

// 0, or the errno of what went wrong.
int write_for_good(int file, Bytes bytes) {
  if (const int error = write_all(file, bytes); error != 0) return error;
  return ::fsync(file) == 0 || errno == EINVAL ? 0 : errno;  // EINVAL: it is no file of a disk
}

}  // namespace

void write_private_file(const std::string& path, Bytes bytes) {
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0 && errno == EEXIST) {
    throw Trouble(Trouble::Kind::usage, path + " is there already; it may be a key, so it stays");
  }
  if (file < 0) throw cannot("write", path, errno);
  int error = write_for_good(file, bytes);
  if (::close(file) != 0 && error == 0) error = errno;
  if (error == 0) return;
  ::unlink(path.c_str());
  throw cannot("write", path, error);
}

}  // namespace updraft::host
