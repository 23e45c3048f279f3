#include "protocols/link/payload_stream.hpp"

#include <algorithm>

#include "engine/crypto/aes.hpp"

namespace updraft::link {

using crypto::kAesBlock;

Result<> PayloadStream::begin(std::uint64_t size, IsStart is_start) {
  state_ = State::head;
  received_ = 0;
  size_ = size;
  is_start_ = is_start;
  extent_ = {};
  if (size <= limit()) return {};
  return refuse({Code::too_big, Where::link, size, limit()});
}

Result<> PayloadStream::write(Bytes bytes) {
  if (!open()) return fail(Code::busy, Where::device);
  if (bytes.size() > limit() - received_) {
    return refuse({Code::too_big, Where::link, received_ + bytes.size(), limit()});
  }
  if (state_ == State::head) {
    bytes = take_head(bytes);
    if (!has_head()) return {};
    if (state_ == State::head) UPDRAFT_TRY(claim(head_));
  }
  received_ += bytes.size();
  return hand_on(bytes);
}

Result<Taken> PayloadStream::finish(PayloadEnd how) {
  if (!open()) return fail(Code::busy, Where::device);
  if (received_ == 0) return refuse({Code::payload_missing, Where::link}).error();
  if (config_.decryptor != nullptr && received_ % kAesBlock != 0) {
    return refuse({Code::size_mismatch, Where::link, received_, align_up(received_, kAesBlock)})
        .error();
  }
  if (state_ == State::head) UPDRAFT_TRY(claim(at_most(head_, received_)));
  state_ = State::over;
  return engine_.finish(how);
}

void PayloadStream::abort(const Error& why) {
  if (state_ == State::body) engine_.abort(why);
  state_ = State::over;
}

Bytes PayloadStream::take_head(Bytes bytes) {
  const Bytes part = at_most(bytes, kHeadBytes - received_);
  std::ranges::copy(part, head_.begin() + static_cast<std::ptrdiff_t>(received_));
  received_ += part.size();
  return bytes.subspan(part.size());
}

Result<> PayloadStream::claim(Bytes head) {
  const bool sealed = config_.decryptor != nullptr;
  state_ = State::over;
  Bytes plain = head;
  if (sealed) {
    config_.decryptor->reset();
    plain = config_.decryptor->next(head);
  }
  if (is_start_ != nullptr && !is_start_(plain)) return fail(Code::not_wanted, Where::link);
  UPDRAFT_TRY(engine_.begin({.scheme = config_.scheme,
                             .size = sealed ? 0 : size_,  // with padding it would be another
                             .link_encrypted = sealed,
                             .padding = sealed ? kAesBlock - 1 : 0,
                             .holder = this}));
  state_ = State::body;
  return pass(plain);
}

Result<> PayloadStream::hand_on(Bytes bytes) {
  if (config_.decryptor == nullptr) return pass(bytes);
  while (true) {
    const Bytes plain = config_.decryptor->next(bytes);
    if (plain.empty()) return {};
    UPDRAFT_TRY(pass(plain));
  }
}

Result<> PayloadStream::pass(Bytes plain) {
  if (plain.empty()) return {};
  extent_.add(plain);
  const Result<> written = engine_.write(plain);
  if (!written) state_ = State::over;
  return written;
}

Result<> PayloadStream::refuse(const Error& why) {
  if (state_ == State::body) engine_.abort(why);
  if (state_ == State::head) engine_.never_began(config_.scheme, why);
  state_ = State::over;
  return why;
}

}  // namespace updraft::link
