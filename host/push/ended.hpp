// How a push or a decision about a trial ended, as far as the sender can know.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "updraft/result.hpp"

#include "engine/crypto/digest.hpp"
#include "host/push/device_status.hpp"

namespace updraft::host {

// How far it came.
enum class Reached : std::uint8_t {
  nothing,    // the device keeps what it runs
  current,    // that is what it runs already: it was not sent, or the device has changed nothing
  sent,       // it took everything; where it says so, it has verified it as well
  restarted,  // and was seen to run again
};

// What a device without a status document shows of the image that it was restarted into.
enum class Trial : std::uint8_t {
  unknown,  // nothing: there may be no trial, or it does not tell
  open,     // it is on trial: the next reset goes back, unless it is kept before
  kept,     // it was on trial, and is no longer
};

// Whether PushTo::stopped ended it; the outcome is aborted then.
enum class Stopped : std::uint8_t { no, sending, waiting };

// Of unreachable: no name server, and no file of this machine, knows the host.
bool is_unknown_name(const Error& error);

struct Ended {
  // The machine's; unreachable: nobody answered for PushTo::wait, or it is lost;
  // rolled_back: another image than the one that was sent runs; known_bad, downgrade: by what the
  // device says about itself, nothing was sent.
  Result<> outcome;
  Reached reached = Reached::nothing;
  bool lost = false;  // it was told to restart and did not come back in time
  Trial trial = Trial::unknown;
  Stopped stopped = Stopped::no;
  std::uint64_t sent = 0;  // bytes; as far as the device has them, where it went wrong
  std::chrono::duration<double> time{0};

  // What the device tells about itself; nullopt if it does not.
  std::optional<DeviceStatus> before, runs;
  std::string refusal;  // what it said when it refused, or though its protocol is silent; printable
  std::optional<DeviceStatus::Last> judged;         // what it says of the update that it refused
  std::optional<crypto::Sha256Digest> certificate;  // that it showed last
  std::string trouble;                              // why the payload cannot be read, a sentence
};

}  // namespace updraft::host
