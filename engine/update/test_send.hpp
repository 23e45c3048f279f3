// Sends a payload to an Updater in pieces, as a link would.
#pragma once
#include <algorithm>
#include <string>

#include "updraft/updater.hpp"

#include "engine/core/test_word.hpp"

namespace updraft {

// An offer that does not say how it comes is one over raw TCP.
inline Result<Taken> send_in_pieces(LeanUpdater& updater, Bytes payload, std::size_t step,
                                    Offer offer = {}) {
  if (offer.scheme == Scheme{}) offer.scheme = kRaw;
  UPDRAFT_TRY(updater.begin(offer));
  while (!payload.empty()) {
    const Bytes part = payload.first(std::min(step, payload.size()));
    UPDRAFT_TRY(updater.write(part));
    payload = payload.subspan(part.size());
  }
  return updater.finish();
}

// The same; "current" where nothing was installed because it runs already.
inline std::string word(const Result<Taken>& result) {
  return result && *result == Taken::current ? "current" : word(outcome_of(result));
}

}  // namespace updraft
