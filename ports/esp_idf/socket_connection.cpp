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

void SocketConnection::start(int socket, bool connecting, Door& door, link::Link& link,
                             Instant now) {
  socket_ = socket;
  door_ = &door;
  link_ = &link;
  since_ = now;
  until_ = now + kConnectMs;
  our_end_sent_ = peer_done_ = false;
  unsent_ = sent_ = 0;
  state_ = connecting ? State::connecting : State::running;
  if (connecting) return;
  link_->on_connected(now);
  turn(now);
}

std::optional<Instant> SocketConnection::deadline() const {
  return state_ == State::running ? link_->deadline() : until_;
}

void SocketConnection::readable(MutableBytes rx, Instant now) {
  const auto got = recv(socket_, rx.data(), rx.size(), 0);
  if (got < 0 && only_later(errno)) return;
  if (got == 0) peer_done_ = true;
  if (state_ == State::parting) {  // what still comes is read to be gone
    if (got <= 0) end(link_->outcome());
    return;
  }
  if (got < 0) return lost(now);
  if (got == 0) {
    link_->on_peer_done(now);
  } else {
    link_->on_bytes(Bytes(rx).first(static_cast<std::size_t>(got)), now);
  }
  turn(now);
}

void SocketConnection::writable(Instant now) {
  if (state_ == State::connecting) {
    if (const int error = pending_error(socket_); error != 0) {
      return end(fail(Code::unreachable, Where::link, static_cast<std::uint64_t>(error)));
    }
    state_ = State::running;
    link_->on_connected(now);
  }
  state_ == State::running ? turn(now) : part(now);
}

void SocketConnection::time_passed(Instant now) {
  const std::optional<Instant> due = deadline();
  if (!due || *due > now) return;
  if (state_ == State::connecting) return end(fail(Code::unreachable, Where::link));
  if (state_ == State::parting) return end(link_->outcome());
  link_->on_deadline(now);
  turn(now);
}

void SocketConnection::drop(Instant now) {
  state_ == State::running ? lost(now) : end(fail(Code::aborted, Where::link));
}

void SocketConnection::turn(Instant now) {
  send_what_there_is(now);
  if (state_ != State::running) return;
  if (link_->phase() != link::Phase::closed) link_->on_waiting(now);
  if (link_->phase() == link::Phase::closed) part(now);
}

void SocketConnection::send_what_there_is(Instant now) {
  while (!our_end_sent_) {
    if (!flush()) return lost(now);
    if (sent_ < unsent_) return;  // the socket is full
    sent_ = 0;
    unsent_ = link_->write_to(tx_);
    if (unsent_ > 0) continue;
    if (link_->phase() != link::Phase::half_closed) return;
    (void)shutdown(socket_, SHUT_WR);
    our_end_sent_ = true;
  }
}

bool SocketConnection::flush() {
  while (sent_ < unsent_) {
    const auto gone = send(socket_, tx_.data() + sent_, unsent_ - sent_, kSendFlags);
    if (gone < 0) return only_later(errno);
    sent_ += static_cast<std::size_t>(gone);
  }
  return true;
}

// The link is closed: sends what it still has, then our end, then waits for the peer's, so that the
// peer sees a FIN and not a reset.
void SocketConnection::part(Instant now) {
  if (state_ != State::parting) {
    state_ = State::parting;
    until_ = now + kPartingMs;
  }
  if (!flush()) return end(link_->outcome());
  if (sent_ < unsent_) return;
  if (!our_end_sent_) (void)shutdown(socket_, SHUT_WR);
  our_end_sent_ = true;
  if (peer_done_) end(link_->outcome());
}

void SocketConnection::lost(Instant now) {
  link_->on_lost(now);
  const bool ended = link_->phase() == link::Phase::closed;
  end(ended ? link_->outcome() : fail(Code::aborted, Where::link));
}

void SocketConnection::end(const Result<>& outcome) {
  (void)close(socket_);
  state_ = State::free;
  door_->closed(*link_, outcome);
}

}  // namespace updraft::esp_idf
