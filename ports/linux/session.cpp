#include "ports/linux/session.hpp"

#include <algorithm>
#include <string>

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace updraft::ports {
namespace {

constexpr std::size_t kBufferBytes = 65'536;
constexpr Millis kFlushMs{2'000};    // for the last bytes of a closed link
constexpr Millis kPartingMs{1'000};  // for the peer's end, after ours
// The kernel takes no more than this ahead of the wire, so that progress is what the peer got.
constexpr int kUnsentBytes = 65'536;

}  // namespace

std::string text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(endpoint.port());
}

Session::Session(Loop& loop, Socket socket, std::unique_ptr<Connection> connection)
    : loop_(loop),
      socket_(std::move(socket)),
      timer_(loop.io),
      connection_(std::move(connection)),
      rx_(kBufferBytes),
      tx_(kBufferBytes) {}

void Session::start() {
  error_code ignored;
  socket_.set_option(tcp::no_delay(true), ignored);
  (void)setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NOTSENT_LOWAT, &kUnsentBytes,
                   sizeof kUnsentBytes);
  connection_->on_wake = [weak = weak_from_this()] {
    if (const auto self = weak.lock()) {
      asio::post(self->loop_.io, [self] { self->turn(); });
    }
  };
  connection_->connected(text(socket_.remote_endpoint(ignored)));
  link().on_connected(loop_.now());
  turn();
}

void Session::drop() {
  if (state_ == State::running) return lost();
  end();
}

void Session::turn() {
  if (state_ != State::running) return;
  send();
  const Instant now = loop_.now();
  if (link().phase() != link::Phase::closed) link().on_waiting(now);
  if (const auto due = link().deadline(); due && *due <= now) {
    link().on_deadline(now);
    send();
  }
  if (link().phase() == link::Phase::closed) return part();
  if (const auto due = link().deadline()) wait_until(*due);
  receive();
}

void Session::send() {
  if (sending_ || our_end_sent_) return;
  const std::size_t size = std::min(link().write_to(tx_), tx_.size());
  if (size > 0) {
    sending_ = true;
    asio::async_write(
        socket_, asio::buffer(tx_, size),
        [self = shared_from_this()](const error_code& error, std::size_t) { self->sent(error); });
  } else if (link().phase() == link::Phase::half_closed) {
    error_code ignored;
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    our_end_sent_ = true;
  }
}

void Session::sent(const error_code& error) {
  sending_ = false;
  if (state_ == State::over) return;
  if (error) return state_ == State::running ? lost() : end();
  if (state_ == State::flushing) {
    send();
    return part();
  }
  turn();
}

void Session::receive() {
  if (receiving_ || peer_done_) return;
  receiving_ = true;
  socket_.async_read_some(asio::buffer(rx_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            self->received(error, size);
                          });
}

void Session::received(const error_code& error, std::size_t size) {
  receiving_ = false;
  if (error == asio::error::eof) peer_done_ = true;
  if (state_ == State::over) return;
  if (state_ == State::running) return deliver(error, size);
  return error ? end() : receive();  // the link is closed: bytes are read to be gone
}

void Session::deliver(const error_code& error, std::size_t size) {
  if (error && !peer_done_) return lost();
  if (peer_done_) {
    link().on_peer_done(loop_.now());
  } else {
    link().on_bytes(Bytes(rx_).first(size), loop_.now());
  }
  turn();
}

// One timer, set again only for something earlier: a deadline that moved on is met late by nothing,
// because the timer looks again when it fires.
void Session::wait_until(Instant when) {
  if (timer_set_ && *timer_set_ <= when) return;
  timer_set_ = when;
  timer_.expires_at(loop_.at(when));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error) return;  // set again, or over
    self->timer_set_.reset();
    self->time_is_up();
  });
}

void Session::time_is_up() {
  if (state_ == State::over) return;
  if (state_ != State::running) return end();
  // Bytes that wait in the socket came in time, however long another connection kept the loop.
  error_code ignored;
  if (!peer_done_ && socket_.available(ignored) > 0) return;
  if (const auto due = link().deadline(); due && *due <= loop_.now()) {
    link().on_deadline(loop_.now());
  }
  turn();
}

// The link is closed: sends what it still has, then our end, then waits for the peer's, so that the
// peer sees a FIN and not a reset.
void Session::part() {
  const Millis patience = sending_ ? kFlushMs : kPartingMs;
  const State next = sending_ ? State::flushing : State::parting;
  if (state_ != next) {
    state_ = next;
    timer_.cancel();
    timer_set_.reset();
    wait_until(loop_.now() + patience);
  }
  if (sending_) return receive();
  error_code ignored;
  socket_.shutdown(tcp::socket::shutdown_send, ignored);
  if (peer_done_) return end();
  receive();
}

void Session::lost() {
  link().on_lost(loop_.now());
  end();
}

void Session::end() {
  if (state_ == State::over) return;
  state_ = State::over;
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  const std::unique_ptr<Connection> connection = std::move(connection_);
  const link::Link& link = connection->link();
  const bool ended = link.phase() == link::Phase::closed;
  connection->closed(ended ? link.outcome() : fail(Code::aborted, Where::link));
}

}  // namespace updraft::ports
