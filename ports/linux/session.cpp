#include "ports/linux/session.hpp"

#include <string>
#include <utility>

#include <boost/asio/post.hpp>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace updraft::linux_port {
namespace {

constexpr std::size_t kFirstBytes = 4'096;  // for a peer that has shown nothing yet
constexpr std::size_t kReadBytes = 65'536;
constexpr std::size_t kWriteBytes = 16'384;
// The kernel takes no more than this ahead of the wire: a slow peer that takes a few kilobytes a
// second is seen to take them.
constexpr int kUnsentBytes = 16'384;

}  // namespace

std::string text(const tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string host = endpoint.address().is_v6() ? "[" + address + "]" : address;
  return host + ":" + std::to_string(endpoint.port());
}

link::Origin origin_of(const asio::ip::address& address) {
  if (address.is_v4()) return 0xFFFF'0000'0000 | address.to_v4().to_uint();
  const asio::ip::address_v6 v6 = address.to_v6();
  if (v6.is_v4_mapped()) return origin_of(make_address_v4(asio::ip::v4_mapped, v6));
  const auto bytes = v6.to_bytes();
  return load_be(std::as_bytes(std::span(bytes)).first(sizeof(link::Origin)));
}

Session::Session(Loop& loop, Socket socket, std::unique_ptr<Connection> connection)
    : loop_(loop),
      socket_(std::move(socket)),
      timer_(loop.io),
      connection_(std::move(connection)),
      rx_(kFirstBytes),
      tx_(kWriteBytes) {}

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
  const tcp::endpoint peer = socket_.remote_endpoint(ignored);
  connection_->origin = origin_of(peer.address());
  connection_->connected(text(peer));
  driver_.emplace(connection_->link(), tx_);
  started_ = loop_.now();
  driver_->connected(started_);
  turn();
}

void Session::drop() { lost(); }

Instant Session::safe_until(Millis patience) const {
  if (driver_->proven()) return Instant::max();
  return greeted_ ? *greeted_ + kGreetedMs : started_ + patience;
}

void Session::turn() {
  if (over()) return;
  driver_->turn(loop_.now());
  if (driver_->over()) return end();
  if (!greeted_ && driver_->greeted()) greeted_ = loop_.now();
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
  if (greeted_) rx_.resize(kReadBytes);
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
  if (on_over) std::exchange(on_over, nullptr)();
}

}  // namespace updraft::linux_port
