// Which device is meant, and who is told while a push or a decision about a trial runs.
#pragma once
#include <cstdint>
#include <functional>

#include "updraft/time.hpp"

#include "host/desk/url.hpp"
#include "host/push/device_status.hpp"

namespace updraft::host {

// What happens on the way, as it happens, on the thread that pushes. Each call may be left out.
class PushWatcher {
 public:
  virtual ~PushWatcher() = default;
  virtual void trying(Millis /*since*/) {}  // nobody answers yet; every 50 ms
  virtual void tried() {}                   // somebody does, or it is given up
  virtual void progress(std::uint64_t /*sent*/, std::uint64_t /*total*/) {}  // total 0: not known
  virtual void transfer_over() {}                // well or not: no progress comes after it
  virtual void found(const DeviceStatus&) {}     // what runs before
  virtual void restarting() {}                   // it was told to, and is waited for
  virtual void into_rescue() {}                  // only its rescue app can write: sent again there
  virtual void on_trial(const DeviceStatus&) {}  // it is back, and decides by itself soon
};

struct PushTo {
  Url url;
  Millis wait{10'000};             // for somebody to be there
  std::function<bool()> stopped;   // asked every 50 ms; true: end it in order. May be empty
  PushWatcher* watcher = nullptr;  // nullptr: nobody; else it outlives the call

  bool is_stopped() const { return stopped && stopped(); }
  PushWatcher& watched() const {
    static PushWatcher nobody;
    return watcher != nullptr ? *watcher : nobody;
  }
};

}  // namespace updraft::host
