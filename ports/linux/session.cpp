#include "ports/linux/session.hpp"

#include <string>

#include <boost/asio/post.hpp>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace updraft::linux_port {
namespace {

constexpr std::size_t kBufferBytes = 65'536;
// The kernel takes no more than this ahead of the wire: a slow peer that takes a few kilobytes a
// second is seen to take them.
constexpr int kUnsentBytes = 16'384;

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
  connection_->on_unacknowledged = [weak = weak_from_this()]() -> std::size_t {
    const auto self = weak.lock();
    return self ? self->unacknowledged() : 0;
  };
  connection_->connected(text(socket_.remote_endpoint(ignored)));
  driver_.emplace(connection_->link(), tx_);
  driver_->connected(loop_.now());
  turn();
}

void Session::drop() { lost(); }

void Session::turn() {
  if (over()) return;
  driver_->turn(loop_.now());
  if (driver_->over()) return end();
  send();
  receive();
  if (const auto due = driver_->deadline()) wait_until(*due);
}

std::size_t Session::in_flight() {
  int bytes = 0;
  return ioctl(socket_.native_handle(), SIOCOUTQ, &bytes) == 0 && bytes > 0
             ? static_cast<std::size_t>(bytes)
             : 0;
}

std::size_t Session::unacknowledged() {
  if (over()) return 0;
  const std::size_t taken = in_flight();
  const std::size_t our_end = ended_ && taken > 0 ? 1 : 0;  // it counts as a byte
  return driver_->unsent().size() + taken - our_end;
}

void Session::send() {
  error_code ignored;
  if (driver_->says_end()) {
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
    ended_ = true;
  }
  const Bytes unsent = driver_->unsent();
  if (sending_ || unsent.empty()) return;
  sending_ = true;
  socket_.async_write_some(asio::buffer(unsent.data(), unsent.size()),
                           [self = shared_from_this()](const error_code& error, std::size_t size) {
                             self->sending_ = false;
                             if (self->over()) return;
                             if (error) return self->lost();
                             self->driver_->sent(size);
                             self->turn();
                           });
}

void Session::receive() {
  if (receiving_ || !driver_->reads()) return;
  receiving_ = true;
  socket_.async_read_some(asio::buffer(rx_),
                          [self = shared_from_this()](const error_code& error, std::size_t size) {
                            self->receiving_ = false;
                            if (!self->over()) self->received(error, size);
                          });
}

void Session::received(const error_code& error, std::size_t size) {
  if (error && error != asio::error::eof) return lost();
  if (error && ended_ && unacknowledged() > 0) return lost();  // it left before it had everything
  error ? driver_->peer_done(loop_.now()) : driver_->bytes(Bytes(rx_).first(size), loop_.now());
  turn();
}

// One timer, set again only for an earlier deadline. A deadline that moved later needs no new
// timer: when the old one fires, it looks at the deadline again.
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
  if (over()) return;
  // Bytes that wait in the socket came in time, however long another connection kept the loop.
  error_code ignored;
  if (driver_->reads() && socket_.available(ignored) > 0) return;
  turn();
}

void Session::lost() {
  if (over()) return;
  driver_->lost(loop_.now());
  end();
}

void Session::end() {
  timer_.cancel();
  error_code ignored;
  socket_.close(ignored);
  const std::unique_ptr<Connection> connection = std::move(connection_);
  connection->closed(driver_->outcome());
}

}  // namespace updraft::linux_port
