#include "virtual_device/state_lock.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <string>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ports/linux/replace_file.hpp"

namespace updraft::device {
namespace {

namespace fs = std::filesystem;

bool is_that_file(int fd, const fs::path& file) {
  struct stat open{}, named{};
  return fstat(fd, &open) == 0 && lstat(file.c_str(), &named) == 0 && open.st_dev == named.st_dev &&
         open.st_ino == named.st_ino;
}

void set_inherited(int fd, bool inherited) { (void)fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC); }

void make_directory(const fs::path& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) {
    throw std::runtime_error("cannot make " + directory.string() + ": " + error.message());
  }
}

int open_lock(const fs::path& file) {
  const int fd =
      open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, linux_port::kPrivateMode);
  if (fd < 0) throw std::runtime_error(file.string() + ": " + std::strerror(errno));
  return fd;
}

}  // namespace

StateLock::StateLock(const fs::path& directory, std::optional<int> kept) {
  const fs::path file = directory / "lock";
  if (kept && is_that_file(*kept, file)) {
    fd_ = *kept;
    set_inherited(fd_, false);
  } else {
    make_directory(directory);
    fd_ = open_lock(file);
  }
  if (flock(fd_, LOCK_EX | LOCK_NB) == 0) return;
  close(fd_);
  throw std::runtime_error(directory.string() + ": another device is running on it");
}

StateLock::~StateLock() {
  if (fd_ >= 0) close(fd_);
}

int StateLock::keep_open() {
  set_inherited(fd_, true);
  const int kept = fd_;
  fd_ = -1;
  return kept;
}

}  // namespace updraft::device
