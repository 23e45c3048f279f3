// `updraft confirm`, `rollback` and `restart` by one protocol: its options and its messages. One
// file for each protocol; cli/doors.cpp lists them.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/protocols.hpp"

#include "host/push/trial_method.hpp"

namespace updraft::cli {

class TrialDoor {
 public:
  virtual ~TrialDoor() = default;
  virtual const Protocol& protocol() const = 0;
  virtual void add_options(CLI::App&) {}
  // What decides, as the options say. Throws Stop(kUsage) if they make no sense with that URL.
  virtual std::unique_ptr<host::TrialMethod> method(const host::Url& url) = 0;
  // What to tell a person about an error.
  virtual std::string explain(const Error& error, const host::Ended& ended,
                              const host::PushTo& to) const = 0;
};

using TrialDoors = std::vector<std::unique_ptr<TrialDoor>>;

}  // namespace updraft::cli
