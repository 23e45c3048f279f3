#include "ports/linux/serial_line.hpp"

#include <cerrno>
#include <utility>

#include <boost/asio/write.hpp>
#include <unistd.h>

#include "ports/linux/pty.hpp"

namespace updraft::linux_port {
namespace {
constexpr std::size_t kBufferBytes = 16'384;
}

SerialLine::SerialLine(Loop& loop, int fd, std::unique_ptr<Connection> connection)
    : loop_(loop),
      line_(loop.io, dup(fd)),
      timer_(loop.io),
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

// If nobody reads, the write waits, and the link is not asked for more bytes.
void SerialLine::send() {
  const Bytes unsent = driver_->unsent();
  if (sending_ || vacant_ || unsent.empty()) return;
  sending_ = true;
  asio::async_write(line_, asio::buffer(unsent.data(), unsent.size()),
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
  if (std::exchange(hung_up_, false) && vacant_) return wait_for_somebody();
  line_.async_read_some(asio::buffer(rx_),
                        [self = shared_from_this()](const error_code& error, std::size_t size) {
                          self->receiving_ = false;
                          if (self->connection_ != nullptr) self->received(error, size);
                        });
}

void SerialLine::received(const error_code& error, std::size_t size) {
  hung_up_ = error.value() == EIO && is_pty(line_.native_handle());
  const bool cancelled = error == asio::error::operation_aborted;
  if (error && !hung_up_ && !cancelled) return lost();
  if (!error) driver_->bytes(Bytes(rx_).first(size), loop_.now());
  turn();
}

// Reading fails as long as nobody is there. Somebody may have come since that was seen, and the
// loop may have taken note of it when nothing waited for it.
void SerialLine::wait_for_somebody() {
  line_.async_wait(asio::posix::descriptor_base::wait_read,
                   [self = shared_from_this()](const error_code&) {
                     self->receiving_ = false;
                     self->turn();
                   });
  error_code ignored;
  if (!nobody_has_open(line_.native_handle())) line_.cancel(ignored);
}

void SerialLine::wait() {
  const auto due = driver_->deadline();
  if (!due) return;
  timer_.expires_at(loop_.at(*due));
  timer_.async_wait([self = shared_from_this()](const error_code& error) {
    if (!error) self->turn();
  });
}

void SerialLine::lost() {
  driver_->lost(loop_.now());
  end();
}

void SerialLine::end() {
  timer_.cancel();
  error_code ignored;
  line_.close(ignored);
  const std::unique_ptr<Connection> connection = std::move(connection_);
  connection->closed(driver_->outcome());
}

}  // namespace updraft::linux_port
