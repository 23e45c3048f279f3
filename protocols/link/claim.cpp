#include "protocols/link/claim.hpp"

#include <algorithm>
#include <utility>

#include "engine/core/assert.hpp"

namespace updraft::link {

Result<> Claim::announce(const Offer& offer) {
  UPDRAFT_ASSERT(state_ != State::begun);
  state_ = State::none;
  UPDRAFT_TRY(engine_.welcome(offer));
  offer_ = offer;
  offer_.welcomed = true;
  offer_.holder = this;
  first_size_ = 0;
  reached_ = false;
  state_ = State::announced;
  return {};
}

Result<> Claim::write(Bytes bytes) {
  if (state_ == State::announced) {
    const Bytes part = at_most(bytes, first_.size() - first_size_);
    std::ranges::copy(part, first_.begin() + static_cast<std::ptrdiff_t>(first_size_));
    first_size_ += part.size();
    if (first_size_ < first_.size()) return {};
    bytes = bytes.subspan(part.size());
  }
  UPDRAFT_TRY(enter());
  const Result<> written = bytes.empty() ? Result<>{} : engine_.write(bytes);
  if (!written) state_ = State::none;
  return written;
}

Result<std::uint64_t> Claim::resume_at(std::uint64_t at) {
  if (state_ != State::begun) return at;
  const Result<std::uint64_t> next = engine_.resume_at(at);
  if (!next) state_ = State::none;
  return next;
}

Result<Taken> Claim::finish() {
  UPDRAFT_TRY(enter());
  state_ = State::none;
  return engine_.finish();
}

void Claim::abort(const Error& why) {
  const State before = std::exchange(state_, State::none);
  if (before == State::announced) engine_.never_began(offer_.scheme, why);
  if (before == State::begun) engine_.abort(why);
}

Result<> Claim::enter() {
  const State before = state_;
  if (before == State::announced) return begin();
  if (before == State::taken_over) state_ = State::none;
  return before == State::begun ? Result<>{} : fail(Code::busy, Where::device);
}

Result<> Claim::begin() {
  state_ = State::none;
  UPDRAFT_TRY(engine_.begin(offer_));
  reached_ = true;
  if (first_size_ != 0) UPDRAFT_TRY(engine_.write(Bytes(first_).first(first_size_)));
  state_ = State::begun;
  return {};
}

}  // namespace updraft::link
