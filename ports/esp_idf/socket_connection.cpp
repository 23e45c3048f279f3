#include "ports/esp_idf/socket_connection.hpp"

#include <cerrno>

#include "lwip/sockets.h"

namespace updraft::esp_idf {
namespace {

bool only_later(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

int pending_error(int socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

#ifdef MSG_NOSIGNAL  // a system with signals
constexpr int kSendFlags = MSG_NOSIGNAL;
#else
constexpr int kSendFlags = 0;
#endif

}  // namespace

void SocketConnection::start(int socket, How how, Door& door, link::Link& link, Instant now,
                             link::Origin from) {
  socket_ = socket;
  door_ = &door;
  link_ = &link;
  since_ = now;
  from_ = from;
  ours_ = how != How::accepted;
  state_ = how == How::connecting ? State::connecting : State::running;
  driver_.emplace(link, tx_);
  if (state_ == State::connecting) return;
  driver_->connected(now);
  turn(now);
}

std::optional<Instant> SocketConnection::deadline() const {
  return state_ == State::running ? driver_->deadline() : since_ + kConnectMs;
}

void SocketConnection::readable(MutableBytes rx, Instant now) {
  const auto got = recv(socket_, rx.data(), rx.size(), 0);
  if (got < 0 && only_later(errno)) return;
  if (got < 0) return drop(now);
  if (got == 0) {
    driver_->peer_done(now);
  } else {
    driver_->bytes(Bytes(rx).first(static_cast<std::size_t>(got)), now);
  }
  turn(now);
}

void SocketConnection::writable(Instant now) {
  if (state_ == State::connecting) {
    if (const int error = pending_error(socket_); error != 0) {
      return end(fail(Code::unreachable, Where::link, static_cast<std::uint64_t>(error)));
    }
    state_ = State::running;
    driver_->connected(now);
  }
  turn(now);
}

void SocketConnection::time_passed(Instant now) {
  const std::optional<Instant> due = deadline();
  if (!due || *due > now) return;
  if (state_ == State::connecting) return end(fail(Code::unreachable, Where::link));
  turn(now);
}

void SocketConnection::drop(Instant now) {
  if (state_ == State::connecting) return end(fail(Code::aborted, Where::link));
  driver_->lost(now);
  end(driver_->outcome());
}

// All that the link has to say now, as far as the socket takes it.
void SocketConnection::turn(Instant now) {
  while (true) {
    if (!flush()) return drop(now);
    const bool full = !driver_->unsent().empty();
    driver_->turn(now);
    if (driver_->over()) return end(driver_->outcome());
    if (driver_->says_end()) (void)shutdown(socket_, SHUT_WR);
    if (full || driver_->unsent().empty()) return;
  }
}

bool SocketConnection::flush() {
  while (!driver_->unsent().empty()) {
    const Bytes unsent = driver_->unsent();
    const auto gone = send(socket_, unsent.data(), unsent.size(), kSendFlags);
    if (gone < 0) return only_later(errno);
    driver_->sent(static_cast<std::size_t>(gone));
  }
  return true;
}

void SocketConnection::end(const Result<>& outcome) {
  (void)close(socket_);
  state_ = State::free;
  door_->closed(*link_, outcome);
}

}  // namespace updraft::esp_idf
