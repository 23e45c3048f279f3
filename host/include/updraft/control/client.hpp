// Updates a co-processor from the host beside it, over its serial device: the C++ door. The C and
// Python doors (updraft/host.h, `import updraft`) call this one.
//
//   updraft::control::Client client;
//   UPDRAFT_TRY(client.open("/dev/esps0"));
//   UPDRAFT_TRY(client.begin());
//   while (...) UPDRAFT_TRY(client.write(bytes));   // pieces of any size
//   UPDRAFT_TRY(client.end());                      // the device restarts in 5 s
//   const auto version = client.wait_for_restart();
//
// Every call blocks until the device has answered, or its time is up. Not thread-safe, but stop()
// may be called from anywhere, a signal handler too.
//
// Errors, besides each call's: not_wanted (the device said no; its console shows why), timeout,
// rescue_first (the device has one slot and restarts into its rescue app: wait_for_restart(), then
// the same again), aborted (where link: the device is gone, or stop() was called; where device: it
// restarted in the middle), protocol, no_session (wrong order: nothing was sent).
#pragma once
#include <memory>
#include <string>

#include "updraft/bytes.hpp"
#include "updraft/result.hpp"
#include "updraft/time.hpp"

namespace updraft::control {

enum class Form : std::uint8_t {
  current,  // endpoints ctrlResp and ctrlEvnt
  older,    // endpoint control, release v0.4 and before
};

// How long wait_for_restart() waits: 5 s until the restart, and time to boot.
inline constexpr Millis kRestartMs{30'000};

class Client {
 public:
  explicit Client(Form form = Form::current);
  ~Client();  // closes
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  // Takes the device for this process alone. What waits to be read there is dropped. Errors:
  // unreachable (`found`: errno), busy (another process has it).
  Result<> open(const std::string& device);
  void close();  // an open session is aborted
  bool is_open() const;

  // A session that is open is started anew.
  Result<> begin();
  // Sent in pieces of 4000 bytes; what is less waits for the next call or for end(), so a refusal
  // may come with a later call.
  Result<> write(Bytes bytes);
  // Ok: the device has verified the image and will restart into it; or current(). Error:
  // payload_missing (nothing was written). After a failed write it sends nothing.
  Result<> end();
  // After end(): it was what the device runs already; nothing has changed, no restart follows.
  bool current() const;
  // The protocol cannot say it: nothing is sent, and the device gives the session up after
  // 30 s or at the next begin().
  void abort();

  // "FG-1.0.0.0.0". Old firmware does not answer: timeout.
  Result<std::string> version();
  // After end(), or after rescue_first: until the device is up again; returns what it is then.
  // Errors: timeout; not_wanted, without waiting, in the older form, which cannot ask for a
  // version.
  Result<std::string> wait_for_restart(Millis limit = kRestartMs);

  void stop();  // the call that runs, and every later one, fails soon
  bool stopped() const;
  bool in_session() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace updraft::control
