#include "host/serial_device.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <termios.h>
#include <unistd.h>

namespace updraft::host {
namespace {

Error unreachable(int why) {
  const Code code = why == EBUSY || why == EWOULDBLOCK ? Code::busy : Code::unreachable;
  return fail(code, Where::link, static_cast<unsigned>(why));
}

speed_t speed_of(unsigned baud) {
  constexpr speed_t kSpeeds[] = {B9600,   B19200,   B38400,   B57600,   B115200,  B230400, B460800,
                                 B921600, B1000000, B1500000, B2000000, B3000000, B4000000};
  static_assert(std::size(kSpeeds) == std::size(kBauds));
  const auto* const at = std::ranges::find(kBauds, baud);
  return at == std::end(kBauds) ? B0 : kSpeeds[at - std::begin(kBauds)];
}

// A driver's own device is no terminal and needs none of this.
int prepare(int fd, unsigned baud) {
  struct stat info{};
  if (fstat(fd, &info) != 0) return errno;
  if (!S_ISCHR(info.st_mode)) return ENOTTY;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) return EBUSY;
  termios settings{};
  if (tcgetattr(fd, &settings) != 0) return 0;
  cfmakeraw(&settings);
  settings.c_cflag |= CLOCAL;
  if (baud != 0) {
    const speed_t speed = speed_of(baud);
    if (speed == B0 || cfsetspeed(&settings, speed) != 0) return EINVAL;
    settings.c_cflag &= ~static_cast<tcflag_t>(CSTOPB | CRTSCTS);
  }
  return tcsetattr(fd, TCSANOW, &settings) == 0 ? 0 : errno;
}

}  // namespace

Result<> SerialDevice::open(const std::string& path, unsigned baud) {
  close();
  const int fd = ::open(path.c_str(), O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
  if (fd < 0) return unreachable(errno);
  if (const int why = prepare(fd, baud); why != 0) {
    ::close(fd);
    return unreachable(why);
  }
  fd_ = fd;
  std::byte stale[512];
  while (::read(fd_, stale, sizeof stale) > 0) {
  }
  return {};
}

bool SerialDevice::is_pty() const {
  constexpr unsigned kFirst = 136, kLast = 143;  // majors of /dev/pts
  struct stat info{};
  if (fstat(fd_, &info) != 0 || !S_ISCHR(info.st_mode)) return false;
  return major(info.st_rdev) >= kFirst && major(info.st_rdev) <= kLast;
}

void SerialDevice::close_fd() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

void SerialDevice::wait(bool sending, Millis limit) {
  pollfd what{fd_, static_cast<short>(sending ? POLLIN | POLLOUT : POLLIN), 0};
  (void)poll(&what, 1, static_cast<int>(limit.count()));
}

Result<std::size_t> SerialDevice::read(MutableBytes room) {
  const ssize_t size = ::read(fd_, room.data(), room.size());
  if (size > 0) return static_cast<std::size_t>(size);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return 0;
  return fail(Code::aborted, Where::link);
}

Result<std::size_t> SerialDevice::write(Bytes bytes) {
  const ssize_t size = ::write(fd_, bytes.data(), bytes.size());
  if (size >= 0) return static_cast<std::size_t>(size);
  if (errno == EAGAIN || errno == EINTR) return 0;
  return fail(Code::aborted, Where::link);
}

}  // namespace updraft::host
