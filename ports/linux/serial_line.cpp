#include "ports/linux/serial_line.hpp"

#include <boost/asio/write.hpp>
#include <sys/ioctl.h>
#include <unistd.h>

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
  if (driver_->over()) return end();
  send();
  receive();
  wait();
}

// If nobody reads, the write waits, and the link is not asked for more bytes.
void SerialLine::send() {
  const Bytes unsent = driver_->unsent();
  if (sending_ || unsent.empty()) return;
  sending_ = true;
  asio::async_write(line_, asio::buffer(unsent.data(), unsent.size()),
                    [self = shared_from_this()](const error_code& error, std::size_t size) {
                      self->sending_ = false;
                      if (self->connection_ == nullptr) return;
                      if (error) return self->lost();
                      self->driver_->sent(size);
                      self->turn();
                    });
}

void SerialLine::receive() {
  if (receiving_) return;
  receiving_ = true;
  line_.async_read_some(asio::buffer(rx_),
                        [self = shared_from_this()](const error_code& error, std::size_t size) {
                          self->receiving_ = false;
                          if (self->connection_ == nullptr) return;
                          if (error) return self->lost();
                          self->driver_->bytes(Bytes(self->rx_).first(size), self->loop_.now());
                          self->turn();
                        });
}

void SerialLine::wait() {
  const auto due = driver_->deadline();
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
  error_code ignored;
  line_.close(ignored);
  const std::unique_ptr<Connection> connection = std::move(connection_);
  connection->closed(driver_->outcome());
}

}  // namespace updraft::linux_port
