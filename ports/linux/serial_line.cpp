#include "ports/linux/serial_line.hpp"

#include <algorithm>
#include <cerrno>

#include <sys/ioctl.h>
#include <unistd.h>

#include "ports/linux/pty.hpp"

namespace updraft::linux_port {
namespace {
constexpr std::size_t kBufferBytes = 16'384;
}  // namespace

SerialLine::SerialLine(Loop& loop, int fd, std::unique_ptr<Connection> connection)
    : loop_(loop),
      line_(loop.io, dup(fd)),
      timer_(loop.io),
      somebody_(loop.io),
      connection_(std::move(connection)),
      rx_(kBufferBytes),
      tx_(kBufferBytes) {}

void SerialLine::start() {
  connection_->connected("");
  driver_.emplace(connection_->link(), tx_, link::LinkDriver::Line::serial);
  driver_->connected(loop_.now());
  turn();
}

void SerialLine::turn() {
  if (connection_ == nullptr) return;
  driver_->turn(loop_.now());
  look_who_reads();
  while (vacant_ && !sending_ && !driver_->unsent().empty()) {
    driver_->sent(driver_->unsent().size());  // to nobody
    driver_->turn(loop_.now());
  }
  if (driver_->over()) return end();
  send();
  receive();
  wait();
}

void SerialLine::look_who_reads() {
  const bool vacant = nobody_has_open(line_.native_handle());
  if (vacant && !vacant_) {
    error_code ignored;
    line_.cancel(ignored);  // a write that waits for the reader who left
    drop_unread(line_.native_handle());
  }
  vacant_ = vacant;
}

// If nobody reads, the write waits, and the link is not asked for more bytes. Piece by piece:
// before each one it is known whether somebody is there.
void SerialLine::send() {
  const Bytes unsent = driver_->unsent();
  if (sending_ || vacant_ || unsent.empty()) return;
  sending_ = true;
  line_.async_write_some(asio::buffer(unsent.data(), unsent.size()),
                         [self = shared_from_this()](const error_code& error, std::size_t size) {
                           self->sending_ = false;
                           if (self->connection_ != nullptr) self->sent(error, size);
                         });
}

void SerialLine::sent(const error_code& error, std::size_t size) {
  if (error && error != asio::error::operation_aborted) return lost();
  driver_->sent(error ? driver_->unsent().size() : size);  // cancelled: its reader has left
  turn();
}

void SerialLine::receive() {
  if (receiving_) return;
  receiving_ = true;
  line_.async_read_some(asio::buffer(rx_),
                        [self = shared_from_this()](const error_code& error, std::size_t size) {
                          self->receiving_ = false;
                          if (self->connection_ != nullptr) self->received(error, size);
                        });
}

void SerialLine::received(const error_code& error, std::size_t size) {
  const bool hung_up = error.value() == EIO && is_pty(line_.native_handle());
  const bool cancelled = error == asio::error::operation_aborted;
  if (error && !hung_up && !cancelled) return lost();
  if (hung_up) wait_for_somebody();
  if (!error) {
    pause_ = kFirstPause;
    driver_->bytes(Bytes(rx_).first(size), loop_.now());
  }
  turn();
}

// Reading fails as long as nobody is there, and no event tells of somebody who comes: so it looks,
// often at first, because some hosts open the line for each request.
void SerialLine::wait_for_somebody() {
  receiving_ = true;
  somebody_.expires_after(pause_);
  pause_ = std::min(2 * pause_, kLongestPause);
  somebody_.async_wait([self = shared_from_this()](const error_code& cancelled) {
    if (cancelled || self->connection_ == nullptr) return;
    const int fd = self->line_.native_handle();
    if (nobody_has_open(fd) && !has_something(fd)) return self->wait_for_somebody();
    self->receiving_ = false;
    self->turn();
  });
}

void SerialLine::wait() {
  std::optional<Instant> due = driver_->deadline();
  // The reader of a full line may leave, and the loop is not always told.
  const Instant look = loop_.now() + kLongestPause;
  if (sending_ && is_pty(line_.native_handle())) due = std::min(due.value_or(look), look);
  if (!due) return;
  timer_.expires_at(loop_.at(*due));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->time_is_up();
  });
}

void SerialLine::time_is_up() {
  if (connection_ == nullptr) return;
  // Bytes that wait on the line came in time, however long another connection kept the loop.
  int waiting = 0;
  if (ioctl(line_.native_handle(), FIONREAD, &waiting) == 0 && waiting > 0) return;
  turn();
}

void SerialLine::lost() {
  driver_->lost(loop_.now());
  end();
}

void SerialLine::end() {
  timer_.cancel();
  somebody_.cancel();
  error_code ignored;
  line_.close(ignored);
  const std::unique_ptr<Connection> connection = std::move(connection_);
  connection->closed(driver_->outcome());
}

}  // namespace updraft::linux_port
