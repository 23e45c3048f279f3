#include "protocols/arduino/arduino_upload.hpp"

#include <algorithm>

namespace updraft::link {

void ArduinoUpload::on_bytes(Bytes rx, Instant) {
  for (const char c : as_text(rx)) {
    if (closed_) return;
    take(c);
  }
}

// Digits are counts, as long as no word has begun.
void ArduinoUpload::take(char c) {
  const bool is_count = (c >= '0' && c <= '9') || c == ' ' || c == '\r' || c == '\n';
  if (words_size_ == 0 && is_count) return;
  if (c == '\r') return;
  if (c == '\n') return judge();
  if (words_size_ == words_.size()) return;
  words_[words_size_++] = c;
  if (said() != kArduinoOk) return;
  if (sent_ == total()) return close({});
  close(fail(Code::protocol, Where::link, sent_, total()));
}

void ArduinoUpload::judge() { close(parse_arduino_refusal(said())); }

// Also where it closes in order: "OK" would have come before.
void ArduinoUpload::on_lost(Instant) {
  if (closed_) return;
  if (words_size_ != 0) return judge();
  close(fail(Code::aborted, Where::link, sent_, total()));
}

void ArduinoUpload::on_deadline(Instant now) {
  const auto due = deadline();
  if (!due || now < *due) return;
  if (words_size_ != 0) return judge();
  close(fail(Code::timeout, Where::link, sent_, total()));
}

std::optional<Instant> ArduinoUpload::deadline() const {
  if (closed_) return std::nullopt;
  return sent_ == total() ? pace_.since() + kArduinoResultMs : pace_.deadline();
}

std::size_t ArduinoUpload::write_to(MutableBytes tx) {
  if (closed_ || words_size_ != 0 || sent_ == total()) return 0;
  const std::size_t size = source_.read(tx);
  if (size == 0) close(fail(Code::size_mismatch, Where::link, sent_, total()));
  sent_ += size;
  return size;
}

void ArduinoUpload::close(const Result<>& outcome) {
  closed_ = true;
  outcome_ = outcome;
}

}  // namespace updraft::link
