#include "protocols/uart/uart_device.hpp"

#include <algorithm>

#include "protocols/link/source.hpp"

namespace updraft::link {

// What happened.

void UartDevice::on_bytes(Bytes rx, Instant now) {
  if (rx.empty() || state_ == State::closed) return;
  waiting_since_.reset();
  counts_anew_ = 0;
  if (state_ == State::idle) {
    pace_.begin(now);
    state_ = stream_.begin() ? State::taking : State::draining;
  }
  if (state_ != State::taking) return;
  pace_.moved(stream_.received() + held_ + rx.size(), kUnknownSize, now);
  if (now >= pace_.deadline()) {
    stream_.abort({Code::timeout, Where::link, stream_.received()});
    return drain();
  }
  take(rx);
}

void UartDevice::on_lost(Instant) {
  if (state_ == State::closed) return;
  const Error why{Code::aborted, Where::link, stream_.received()};
  stream_.abort(why);
  outcome_ = why;
  state_ = State::closed;
}

void UartDevice::on_waiting(Instant now) {
  if (waiting_since_ && counts_anew_ == 0) return;
  waiting_since_ = now;
  if (counts_anew_ > 0) --counts_anew_;
}

void UartDevice::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (state_ == State::taking && held_ > 0) {
    write_piece();
    // The driver still waits as of before that work; the time is right once CR LF is out.
    counts_anew_ = 2;
    return;
  }
  if (!silent(now)) return;
  if (state_ == State::taking) end();
  if (state_ == State::draining) state_ = State::idle;
}

std::optional<Instant> UartDevice::deadline() const {
  if (state_ == State::idle || state_ == State::closed || !waiting_since_) return std::nullopt;
  const bool has_piece = state_ == State::taking && held_ > 0;
  return *waiting_since_ + (has_piece ? config_.idle : kUartSilenceMs);
}

std::size_t UartDevice::write_to(MutableBytes tx) {
  constexpr std::array kTaken = {std::byte{'\r'}, std::byte{'\n'}};
  std::size_t size = 0;
  for (; owed_ > 0 && tx.size() - size >= kTaken.size(); --owed_, size += kTaken.size()) {
    std::ranges::copy(kTaken, tx.begin() + static_cast<std::ptrdiff_t>(size));
  }
  return size;
}

// The image.

void UartDevice::take(Bytes rx) {
  while (!rx.empty() && state_ == State::taking) {
    const Bytes part = at_most(rx, piece_.size() - held_);
    std::ranges::copy(part, piece_.begin() + static_cast<std::ptrdiff_t>(held_));
    held_ += part.size();
    rx = rx.subspan(part.size());
    if (held_ == piece_.size()) write_piece();
  }
}

void UartDevice::write_piece() {
  const Result<> written = stream_.write(Bytes(piece_).first(held_));
  held_ = 0;
  if (!written) return drain();
  owed_ = std::min(owed_ + 1, kUartOwed);
}

void UartDevice::end() {
  if (!stream_.has_head()) {
    stream_.abort({Code::timeout, Where::link, stream_.received()});
    state_ = State::idle;
    return;
  }
  const Result<Taken> taken = stream_.finish(PayloadEnd::silence);
  const bool installed = taken && *taken == Taken::installed;
  state_ = installed ? State::closed : State::idle;
}

void UartDevice::drain() {
  held_ = 0;
  owed_ = 0;
  state_ = State::draining;
}

}  // namespace updraft::link
