#include "protocols/uart/uart_sender.hpp"

#include <algorithm>

namespace updraft::link {

UartSender::UartSender(Source& source, const Config& config)
    : source_(config.cipher != nullptr
                  ? static_cast<Source&>(sealing_.emplace(source, *config.cipher))
                  : source),
      baud_(config.baud),
      total_(source_.size()) {}

// What happened.

void UartSender::on_bytes(Bytes rx, Instant now) {
  for (const std::byte byte : rx) hear(byte, now);
}

void UartSender::on_lost(Instant) { close(fail(Code::aborted, Where::link, taken_, total_)); }

// The piece's time on the line begins once the driver has none of it left.
void UartSender::on_waiting(Instant now) {
  if (state_ == State::waiting && asked_ && !left_at_) left_at_ = now + line_time();
}

void UartSender::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (state_ == State::ending) return close({});
  if (state_ == State::waiting && left_at_ && heard_at_) return next_piece(now);
  close(fail(Code::timeout, Where::link, taken_, total_));
}

std::optional<Instant> UartSender::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  if (state_ == State::ending) return since_ + kUartEndMs;
  if (state_ == State::sending || !left_at_) return since_ + kUartStuckMs;
  if (heard_at_) return std::max(*heard_at_, *left_at_) + kUartQuietMs;
  return *left_at_ + (first_ ? kUartFirstMs : kUartConfirmMs);
}

// The image.

std::size_t UartSender::write_to(MutableBytes tx) {
  if (state_ == State::waiting) asked_ = true;
  if (state_ != State::sending) return 0;
  const std::size_t size = source_.read(tx.first(std::min(tx.size(), kUartPiece - piece_)));
  given_ += size;
  piece_ += size;
  if (size == 0 && total_ == kUnknownSize) total_ = given_;
  const bool ended = size == 0 || given_ == total_;
  if (ended && given_ != total_) {
    close(fail(Code::size_mismatch, Where::link, given_, total_));
  } else if (ended && piece_ == 0) {
    state_ = State::ending;
  } else if (ended || piece_ == kUartPiece) {
    state_ = State::waiting;
  }
  return size;
}

void UartSender::next_piece(Instant now) {
  taken_ = given_;
  first_ = false;
  since_ = now;
  piece_ = 0;
  asked_ = false;
  left_at_.reset();
  heard_at_.reset();
  state_ = given_ == total_ ? State::ending : State::sending;
}

// The answers. CR LF counts alone on its line; behind text it is the end of a console's line.

void UartSender::hear(std::byte byte, Instant now) {
  const char c = static_cast<char>(byte);
  if (c == '\n') {
    if (cr_ && at_line_start_ && piece_ > 0) heard_at_ = now;
    at_line_start_ = true;
  } else if (c != '\r') {
    at_line_start_ = false;
    if (said_size_ < said_.size()) said_[said_size_++] = c;
  }
  cr_ = c == '\r';
}

Millis UartSender::line_time() const {
  constexpr std::uint64_t kBits = 10;  // of a character: start, 8 of data, stop
  if (baud_ == 0) return Millis{0};
  return Millis{static_cast<std::int64_t>((piece_ * kBits * 1000 + baud_ - 1) / baud_)};
}

void UartSender::close(const Result<>& outcome) {
  if (state_ == State::closed) return;
  state_ = State::closed;
  outcome_ = outcome;
}

}  // namespace updraft::link
