#include "protocols/req/req_server.hpp"

#include <algorithm>

namespace updraft::link {

// What happened.

void ReqServer::on_connected(Instant now) {
  moved_at_ = now;
  if (total_ == 0) close(fail(Code::payload_missing, Where::link));
  if (total_ > kReqFileBytes) close(fail(Code::too_big, Where::link, total_, kReqFileBytes));
}

void ReqServer::on_bytes(Bytes rx, Instant now) {
  moved_at_ = now;
  moved_ = true;
  for (const std::byte b : rx) {
    if (phase_ != Phase::open) return;
    if (!take(static_cast<char>(b))) close(fail(Code::protocol, Where::link, sent_, total_));
  }
}

void ReqServer::on_peer_done(Instant now) {
  if (!all_sent()) return on_lost(now);
  close({});
}

void ReqServer::on_lost(Instant) { close(fail(Code::aborted, Where::link, sent_, total_)); }

void ReqServer::on_waiting(Instant now) {
  if (moved_) moved_at_ = now;
  moved_ = false;
}

void ReqServer::on_deadline(Instant now) {
  if (phase_ == Phase::closed || now < *deadline()) return;
  if (all_sent()) return close({});
  close(fail(Code::timeout, Where::link, sent_, total_));
}

std::optional<Instant> ReqServer::deadline() const {
  if (phase_ == Phase::closed) return std::nullopt;
  return moved_at_ + (all_sent() ? kReqFarewellMs : kReqIdleMs);
}

std::size_t ReqServer::write_to(MutableBytes tx) {
  if (phase_ == Phase::open && unsent_.empty() && !requests_.empty()) {
    const Request request = requests_.front();
    requests_.pop();
    make_package(request);
  }
  if (phase_ != Phase::open) return 0;
  const Bytes part = unsent_.first(std::min(unsent_.size(), tx.size()));
  std::copy(part.begin(), part.end(), tx.begin());
  unsent_ = unsent_.subspan(part.size());
  moved_ = moved_ || !part.empty();
  return part.size();
}

// The requests.

// They differ in one byte only.
bool ReqServer::take(char c) {
  constexpr std::size_t kDigit = 3;
  static_assert(kReqNext[kDigit] == '0' && kReqAgain[kDigit] == '1');
  const bool again = matched_ == kDigit && c == kReqAgain[kDigit];
  if (c != kReqNext[matched_] && !again) return false;
  if (matched_ == kDigit) asked_again_ = again;
  matched_ = (matched_ + 1) % kReqBytes;
  return matched_ != 0 || queue(asked_again_ ? Request::again : Request::next);
}

bool ReqServer::queue(Request request) {
  if (requests_.full()) return false;
  requests_.push(request);
  return true;
}

// The answers.

void ReqServer::make_package(Request request) {
  if (request == Request::next || size_ == 0) {
    if (all_sent()) return close(fail(Code::protocol, Where::link, sent_, total_));
    const ReqHead head{total_, std::min<std::uint64_t>(kReqDataBytes, total_ - sent_)};
    const std::size_t head_size = write_req_head(head, package_);
    const MutableBytes data =
        MutableBytes(package_).subspan(head_size, static_cast<std::size_t>(head.length));
    if (source_.read(data) != data.size()) {
      return close(fail(Code::size_mismatch, Where::link, sent_, total_));
    }
    sent_ += data.size();
    size_ = head_size + data.size();
  }
  unsent_ = Bytes(package_).first(size_);
}

void ReqServer::close(Result<> outcome) {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  outcome_ = outcome;
}

}  // namespace updraft::link
