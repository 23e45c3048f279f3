#include "ports/linux/line_reader.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace updraft::linux_port {

LineReader::LineReader(int fd, std::function<void(std::string)> on_line)
    : fd_(fd),
      stop_(eventfd(0, EFD_CLOEXEC)),
      on_line_(std::move(on_line)),
      thread_([this] { run(); }) {}

LineReader::~LineReader() {
  eventfd_write(stop_, 1);
  thread_.join();
  close(stop_);
}

void LineReader::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // they are for the thread that runs the loop
  std::array<char, kMaxLine> buffer;
  while (wait()) {
    const ssize_t size = read(fd_, buffer.data(), buffer.size());
    if (size < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (size <= 0) break;
    take({buffer.data(), static_cast<std::size_t>(size)});
  }
  if (!line_.empty()) on_line_(std::exchange(line_, {}));
}

bool LineReader::wait() const {
  std::array<pollfd, 2> files{{{fd_, POLLIN, 0}, {stop_, POLLIN, 0}}};
  while (poll(files.data(), files.size(), -1) < 0) {
    if (errno != EINTR) return false;
  }
  return files[1].revents == 0;
}

void LineReader::take(std::string_view bytes) {
  for (const char c : bytes) {
    if (c != '\n') line_ += c;
    if (c == '\n' || line_.size() == kMaxLine) on_line_(std::exchange(line_, {}));
  }
}

}  // namespace updraft::linux_port
