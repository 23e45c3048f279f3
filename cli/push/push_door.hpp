// `updraft push` by one protocol: its options, and what is printed; host/push sends. One file for
// each protocol; cli/doors.cpp lists them.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "updraft/protocols.hpp"

#include "cli/interrupt.hpp"
#include "cli/push/push_payload.hpp"
#include "host/push/push_to.hpp"

namespace updraft::cli {

// The job, the same for every protocol.
struct PushJob {
  PushFile file;
  host::Url target;
  unsigned wait_seconds = 10;  // for somebody to be there
  bool json = false;
  std::string target_name;     // what the file is for, if not the app: "fs:web"
  bool one_way = false;        // of data: the device need not keep the old
  bool keep_fallback = false;  // of data: not where the older app would be given up for it
  bool yes = false;            // nobody is asked whether that is meant
  // Of a rescue app a package says itself what it is for.
  bool packaged = false;
  bool is_data() const { return !target_name.empty() && target_name != "app" && !packaged; }

  host::PushTo to(host::PushWatcher& watcher) const {
    return {.url = target,
            .wait = std::chrono::seconds(wait_seconds),
            .stopped = Interrupt::came,
            .watcher = &watcher};
  }
};

class PushDoor {
 public:
  virtual ~PushDoor() = default;
  virtual const Protocol& protocol() const = 0;
  virtual void add_options(CLI::App&) {}
  // For the help: what FILE may be besides an image, "a directory"; whole lines with an example.
  virtual std::string_view place() const { return "DEVICE"; }  // in a URL without a host
  virtual std::string other_files() const { return ""; }
  virtual std::string examples() const { return ""; }
  // Whether the protocol can say that a file is for this target, which is not the app.
  virtual bool names(std::string_view /*target*/) const { return false; }
  // Whether it asks the device what it would give up for data, where the device can say that.
  virtual bool asks_about_data() const { return false; }
  // Returns the exit status; throws Stop, host::Trouble.
  virtual int push(const PushJob& job) = 0;
};

// `--no-wait`, of each protocol whose device can be asked what it runs; `word`: a protocol's.
CLI::Option* share_no_wait(CLI::App& command, const std::string& word);

using PushDoors = std::vector<std::unique_ptr<PushDoor>>;

}  // namespace updraft::cli
