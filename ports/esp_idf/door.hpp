// A way in or out for updates: makes the link for one connection, in memory of its own, so that the
// driver needs no heap and knows no protocol.
#pragma once
#include "updraft/events.hpp"
#include "updraft/link.hpp"

namespace updraft::esp_idf {

class Door {
 public:
  // The link for a new connection; nullptr: there is room for no more.
  virtual link::Link* open() = 0;
  // The connection is over and its socket closed; unreachable: it never came about. Called once for
  // each link that open() gave.
  virtual void closed(link::Link& link, const Result<>& outcome) = 0;

 protected:
  ~Door() = default;
};

// What the engine never heard of, because not a byte came: a fetch that found nobody or nothing.
inline void tell_if_unheard(Observer& observer, Scheme scheme, const Result<>& outcome) {
  if (outcome) return;
  const Code code = outcome.error().code;
  if (code == Code::unreachable || code == Code::payload_missing) {
    observer.on_ended(scheme, outcome.error());
  }
}

}  // namespace updraft::esp_idf
