// A way in or out for updates: makes the link for one connection, in memory of its own, so that the
// driver needs no heap and knows no protocol.
#pragma once
#include "updraft/intake.hpp"
#include "updraft/link.hpp"

namespace updraft::esp_idf {

class Door {
 public:
  // The link for a new connection; nullptr: there is room for no more.
  virtual link::Link* open() = 0;
  // The connection is over and its socket closed. Called once for each link that open() gave.
  // unreachable: it never came about, and the link has heard nothing.
  virtual void closed(link::Link& link, const Result<>& outcome) = 0;

 protected:
  ~Door() = default;
};

inline bool never_came_about(const Result<>& outcome) {
  return !outcome && outcome.error().code == Code::unreachable;
}

}  // namespace updraft::esp_idf
