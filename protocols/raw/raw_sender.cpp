#include "protocols/raw/raw_sender.hpp"

#include <algorithm>

namespace updraft::link {

RawSender::RawSender(Source& source, const LinkCipher* cipher)
    : source_(cipher != nullptr ? static_cast<Source&>(sealing_.emplace(source, *cipher)) : source),
      total_(source_.size()) {}

void RawSender::on_bytes(Bytes rx, Instant) {
  if (phase_ == Phase::closed) return;
  said_ = Text<kRawSaidBytes>(rx);
  close(fail(Code::protocol, Where::link, sent_, total_));
}

void RawSender::on_peer_done(Instant) {
  if (phase_ == Phase::half_closed) return close({});
  close(fail(Code::aborted, Where::link, sent_, total_));
}

void RawSender::on_lost(Instant) { close(fail(Code::aborted, Where::link, sent_, total_)); }

void RawSender::on_waiting(Instant now) { pace_.moved(sent_, total_, now); }

void RawSender::on_deadline(Instant now) {
  if (phase_ == Phase::closed || now < *deadline()) return;
  close(fail(Code::timeout, Where::link, sent_, total_));
}

std::optional<Instant> RawSender::deadline() const {
  if (phase_ == Phase::closed) return std::nullopt;
  return phase_ == Phase::open ? pace_.deadline() : pace_.since() + kRawCloseMs;
}

std::size_t RawSender::write_to(MutableBytes tx) {
  if (phase_ == Phase::open && sent_ == total_) phase_ = Phase::half_closed;
  if (phase_ != Phase::open || tx.empty()) return 0;
  tx = tx.first(static_cast<std::size_t>(std::min<std::uint64_t>(tx.size(), total_ - sent_)));
  const std::size_t size = source_.read(tx);
  if (size == 0 && total_ == kUnknownSize) {
    total_ = sent_;
    phase_ = Phase::half_closed;
  } else if (size == 0) {
    close(fail(Code::size_mismatch, Where::link, sent_, total_));
  }
  sent_ += size;
  return size;
}

void RawSender::close(Result<> outcome) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  outcome_ = outcome;
}

}  // namespace updraft::link
