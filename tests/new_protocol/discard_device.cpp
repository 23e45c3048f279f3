#include "tests/new_protocol/discard_device.hpp"

namespace updraft::link {

// [calls]
void DiscardDevice::on_bytes(Bytes rx, Instant) {
  if (closed_) return;
  if (!begun_) {
    if (const Result<> begun = intake_.begin({.scheme = kDiscard}); !begun) return close(begun);
    begun_ = true;
  }
  if (const Result<> taken = intake_.write(rx); !taken) close(taken);
}

void DiscardDevice::on_peer_done(Instant) {
  if (closed_) return;
  if (!begun_) return give_up({Code::payload_missing, Where::link});
  close(outcome_of(intake_.finish()));
}

// After an error from begin(), write() or finish() the session is over; the engine has reported it.
void DiscardDevice::close(const Result<>& outcome) {
  outcome_ = outcome;
  closed_ = true;
}

void DiscardDevice::give_up(const Error& why) {
  if (closed_) return;
  if (begun_) {
    intake_.abort(why);
  } else {
    intake_.never_began(kDiscard, why);
  }
  close(why);
}
// [end]

}  // namespace updraft::link
