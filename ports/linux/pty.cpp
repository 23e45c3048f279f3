#include "ports/linux/pty.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;

constexpr int kDropTries = 10;

[[noreturn]] void stop(const fs::path& link, const std::string& why) {
  throw std::runtime_error("cannot open a serial line at " + link.string() + ": " + why);
}

std::string terminal_of(int fd) {
  char path[64] = "";
  return ptsname_r(fd, path, sizeof path) == 0 ? path : "";
}

void set_inherited(int fd, bool inherited) { (void)fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC); }

// The other end, for a moment.
int open_other_end(int fd) { return ioctl(fd, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC); }

}  // namespace

bool make_raw(int fd) {
  if (isatty(fd) == 0) return true;
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL;
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

bool is_pty(int fd) {
  unsigned number = 0;
  return ioctl(fd, TIOCGPTN, &number) == 0;
}

bool nobody_has_open(int fd) {
  pollfd line{fd, 0, 0};
  return is_pty(fd) && poll(&line, 1, 0) == 1 && (line.revents & POLLHUP) != 0;
}

bool has_something(int fd) {
  pollfd line{fd, POLLIN, 0};
  return poll(&line, 1, 0) == 1 && (line.revents & POLLIN) != 0;
}

void drop_unread(int fd) {
  const int other = open_other_end(fd);
  if (other < 0) return;
  // What is on its way goes on to where it waits to be read: so both are emptied, until they are.
  int left = 1;
  for (int tries = 0; left > 0 && tries < kDropTries; ++tries) {
    (void)tcflush(fd, TCOFLUSH);
    (void)tcflush(other, TCIFLUSH);
    if (ioctl(other, FIONREAD, &left) != 0) break;
  }
  close(other);
}

// Raw mode stays when nobody has the other end open, as long as this one is.
Pty::Pty(fs::path link) : link_(std::move(link)) {
  int other = -1;
  if (openpty(&fd_, &other, nullptr, nullptr, nullptr) != 0) stop(link_, std::strerror(errno));
  set_inherited(fd_, false);
  path_ = terminal_of(fd_);
  const bool raw = make_raw(other);
  const int why = errno;
  close(other);
  try {
    if (!raw) stop(link_, std::strerror(why));
    make_link();
  } catch (...) {
    close(fd_);
    throw;
  }
}

Pty::Pty(fs::path link, int kept) : link_(std::move(link)), fd_(kept), path_(terminal_of(kept)) {
  set_inherited(fd_, false);
  (void)tcflush(fd_, TCIOFLUSH);
  drop_unread(fd_);
}

Pty::~Pty() {
  if (kept_) return;
  std::error_code ignored;
  if (fs::read_symlink(link_, ignored) == path_) fs::remove(link_, ignored);
  close(fd_);
}

int Pty::keep_open() {
  kept_ = true;
  set_inherited(fd_, true);
  return fd_;
}

// In one step: who opens the link finds the old terminal or the new one.
void Pty::make_link() const {
  std::error_code error;
  const fs::file_status there = fs::symlink_status(link_, error);
  if (fs::exists(there) && !fs::is_symlink(there)) stop(link_, "something else has that name");
  fs::path fresh = link_;
  fresh += ".new";
  fs::remove(fresh, error);
  fs::create_symlink(path_, fresh, error);
  if (!error) fs::rename(fresh, link_, error);
  if (error) stop(link_, error.message());
}

}  // namespace updraft::linux_port
