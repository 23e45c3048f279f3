#include "ports/linux/signals.hpp"

#include <cerrno>
#include <csignal>
#include <system_error>

#include <sys/signalfd.h>
#include <unistd.h>

namespace updraft::linux_port {
namespace {

sigset_t both() {
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  return signals;
}

void mask(int how) {
  const sigset_t signals = both();
  pthread_sigmask(how, &signals, nullptr);
}

int descriptor_of_both() {
  const sigset_t signals = both();
  const int fd = signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
  if (fd < 0) throw std::system_error(errno, std::generic_category());
  return fd;
}

}  // namespace

Signals::Signals(Loop& loop, Handler on_signal)
    : pending_(loop.io, descriptor_of_both()), on_signal_(std::move(on_signal)) {
  mask(SIG_BLOCK);
  wait();
}

Signals::~Signals() {
  if (held_) return;
  while (take() != 0) {
  }
  mask(SIG_UNBLOCK);
}

void Signals::hold() {
  held_ = true;
  pending_.close();
}

void Signals::wait() {
  pending_.async_wait(asio::posix::descriptor_base::wait_read, [this](const error_code& error) {
    if (error || held_) return;
    const int number = take();
    wait();
    if (number != 0) on_signal_(number);
  });
}

int Signals::take() {
  signalfd_siginfo info{};
  const ssize_t size = read(pending_.native_handle(), &info, sizeof info);
  return size == sizeof info ? static_cast<int>(info.ssi_signo) : 0;
}

}  // namespace updraft::linux_port
