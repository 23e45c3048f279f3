// Deciding from outside what shall become of an image that is on trial, and which app runs, by one
// protocol.
#pragma once
#include "updraft/protocols.hpp"

#include "host/push/ended.hpp"
#include "host/push/push_to.hpp"

namespace updraft::host {

enum class TrialEnd : bool { keep, go_back };

class TrialMethod {
 public:
  virtual ~TrialMethod() = default;
  virtual const Protocol& protocol() const = 0;
  // Blocks until the device has kept its image, or runs the one before. Error besides the link's:
  // not_pending (nothing is on trial).
  virtual Ended decide(const PushTo& to, TrialEnd end) = 0;
  // Blocks until the device has restarted; `into`: the name of its factory app; empty: into the app
  // that is chosen. Error besides the link's: not_wanted (it said no), protocol (another app
  // runs than the one that was asked for).
  virtual Ended restart(const PushTo& to, const std::string& into) = 0;
};

}  // namespace updraft::host
