#include "protocols/req/req_client.hpp"

#include <algorithm>
#include <utility>

#include "engine/format/crc32.hpp"

namespace updraft::link {
namespace {

void append(MutableBytes to, std::size_t& filled, Bytes part) {
  std::copy(part.begin(), part.end(), to.begin() + static_cast<std::ptrdiff_t>(filled));
  filled += part.size();
}

}  // namespace

// What happened.

void ReqClient::on_connected(Instant now) {
  started_ = now_ = now;
  ask(kReqNext);
}

void ReqClient::on_bytes(Bytes rx, Instant now) {
  now_ = silent_since_ = now;
  just_heard_ = true;
  if (state_ == State::head) rx = take_head(rx);
  if (state_ == State::data) rx = take_data(rx);
  if (state_ != State::data || filled_ < length_) return;
  const bool unasked = !rx.empty() && received_ + length_ < total_;
  unasked ? spoil({Code::protocol, Where::link, received_, total_}) : accept();
}

void ReqClient::on_lost(Instant) {
  const Code code = received_ == 0 ? Code::payload_missing : Code::aborted;
  end({code, Where::link, received_, total_});
}

void ReqClient::on_waiting(Instant now) {
  if (just_entered_) entered_ = now;
  if (just_heard_) silent_since_ = now;
  just_entered_ = just_heard_ = false;
}

void ReqClient::on_deadline(Instant now) {
  if (state_ == State::closed) return;
  now_ = now;
  const Error late{Code::timeout, Where::link, received_, total_};
  if (now >= started_ + kReqTotalMs) return end(late);
  if (state_ == State::hush && now >= silent_since_ + kReqSilenceMs) return ask(next_);
  if (now < entered_ + kReqPackageMs) return;
  state_ == State::hush ? end(late) : spoil(late);
}

std::optional<Instant> ReqClient::deadline() const {
  if (state_ == State::closed) return std::nullopt;
  const Instant limit = std::min(entered_ + kReqPackageMs, started_ + kReqTotalMs);
  return state_ == State::hush ? std::min(limit, silent_since_ + kReqSilenceMs) : limit;
}

std::size_t ReqClient::write_to(MutableBytes tx) {
  const Bytes part = as_bytes(unsent_.substr(0, tx.size()));
  std::copy(part.begin(), part.end(), tx.begin());
  unsent_.remove_prefix(part.size());
  return part.size();
}

// The stream.

void ReqClient::ask(std::string_view request) {
  unsent_ = request;
  enter(State::head);
}

void ReqClient::hush(std::string_view then) {
  next_ = then;
  enter(State::hush);
}

void ReqClient::enter(State state) {
  state_ = state;
  filled_ = 0;
  entered_ = silent_since_ = now_;
  just_entered_ = just_heard_ = true;
}

Bytes ReqClient::take_head(Bytes rx) {
  const std::string_view head = as_text(Bytes(package_).first(kReqHeadBytes));
  while (!rx.empty() && state_ == State::head) {
    append(package_, filled_, rx.first(1));
    rx = rx.subspan(1);
    if (head.substr(0, filled_).ends_with(kReqHeadEnd)) {
      judge_head();
    } else if (filled_ == kReqHeadBytes) {
      spoil({Code::protocol, Where::link, received_, total_});
    }
  }
  return rx;
}

void ReqClient::judge_head() {
  const auto head = parse_req_head(as_text(Bytes(package_).first(filled_)));
  if (!head) return spoil(head.error());
  if (received_ == 0) total_ = head->total;
  if (total_ > config_.slot_size) {
    return end({Code::too_big, Where::link, total_, config_.slot_size});
  }
  if (head->total != total_) return spoil({Code::protocol, Where::link, head->total, total_});
  if (head->length > total_ - received_) {
    return spoil({Code::protocol, Where::link, received_ + head->length, total_});
  }
  length_ = static_cast<std::size_t>(head->length);
  longest_ = std::max(longest_, length_);
  filled_ = 0;
  state_ = State::data;  // on the same clock: the limit is for the whole package
}

Bytes ReqClient::take_data(Bytes rx) {
  const Bytes part = rx.first(std::min(rx.size(), length_ - filled_));
  append(package_, filled_, part);
  return rx.subspan(part.size());
}

void ReqClient::accept() {
  if (came_before()) return end({Code::protocol, Where::link, received_, total_});
  outcome_ = hand_on();
  received_ += outcome_ ? length_ : 0;
  if (outcome_ && received_ == total_) outcome_ = outcome_of(intake_.finish());
  if (!outcome_ || received_ == total_) return enter(State::closed);
  disturbed_ = resends_ > 0;
  resends_ = 0;
  disturbed_ ? hush(kReqNext) : ask(kReqNext);
}

// After trouble, the same package came again: the server never saw the last req0, or a copy came
// after the hush. It may also be the next part of a monotonous file; starting over is right for
// both.
bool ReqClient::came_before() {
  const Bytes begin = Bytes(package_).first(std::min(length_, kReqAlikeBytes));
  const std::uint32_t before = std::exchange(crc_, format::crc32(begin));
  return received_ > 0 && crc_ == before && (disturbed_ || resends_ > 0);
}

Result<> ReqClient::hand_on() {
  if (received_ == 0) UPDRAFT_TRY(intake_.begin({.scheme = kReq, .size = total_, .holder = this}));
  return intake_.write(Bytes(package_).first(length_));
}

// The ends.

void ReqClient::on_taken_over() {
  outcome_ = fail(Code::busy, Where::device);
  enter(State::closed);
}

// As far as can be known: of a broken head only what the packages before it were like.
bool ReqClient::at_the_last() const { return total_ - received_ <= longest_; }

void ReqClient::spoil(const Error& why) {
  if (received_ == 0 || at_the_last() || resends_ == kReqResends) return end(why);
  ++resends_;
  hush(kReqAgain);
}

void ReqClient::end(const Error& why) {
  if (state_ == State::closed) return;
  received_ > 0 ? intake_.abort(why) : intake_.never_began(kReq, why);
  outcome_ = why;
  enter(State::closed);
}

}  // namespace updraft::link
