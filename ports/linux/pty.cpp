#include "ports/linux/pty.hpp"

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <utility>

#include <fcntl.h>
#include <pty.h>
#include <termios.h>
#include <unistd.h>

namespace updraft::linux_port {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void stop(const fs::path& link, const std::string& why) {
  throw std::runtime_error("cannot open a serial line at " + link.string() + ": " + why);
}

std::string terminal_of(int fd) {
  char path[64] = "";
  return ttyname_r(fd, path, sizeof path) == 0 ? path : "";
}

void set_inherited(int fd, bool inherited) { (void)fcntl(fd, F_SETFD, inherited ? 0 : FD_CLOEXEC); }

}  // namespace

bool make_raw(int fd) {
  if (isatty(fd) == 0) return true;
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return false;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL;
  return tcsetattr(fd, TCSANOW, &settings) == 0;
}

Pty::Pty(fs::path link) : link_(std::move(link)) {
  if (openpty(&handles_.device, &handles_.host, nullptr, nullptr, nullptr) != 0) {
    stop(link_, std::strerror(errno));
  }
  set_inherited(handles_.device, false);
  set_inherited(handles_.host, false);
  path_ = terminal_of(handles_.host);
  try {
    if (!make_raw(handles_.host)) stop(link_, std::strerror(errno));
    make_link();
  } catch (...) {
    close(handles_.device);
    close(handles_.host);
    throw;
  }
}

Pty::Pty(fs::path link, const Handles& handles)
    : link_(std::move(link)), handles_(handles), path_(terminal_of(handles.host)) {
  set_inherited(handles_.device, false);
  set_inherited(handles_.host, false);
  (void)tcflush(handles_.device, TCIOFLUSH);
  (void)tcflush(handles_.host, TCIOFLUSH);
}

Pty::~Pty() {
  if (kept_) return;
  std::error_code ignored;
  if (fs::read_symlink(link_, ignored) == path_) fs::remove(link_, ignored);
  close(handles_.device);
  close(handles_.host);
}

Pty::Handles Pty::keep_open() {
  kept_ = true;
  set_inherited(handles_.device, true);
  set_inherited(handles_.host, true);
  return handles_;
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
