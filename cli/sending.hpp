// Drives a machine that sends, on a TCP connection of its own, with its progress shown, until it is
// over or a signal stops it.
#pragma once
#include <chrono>
#include <functional>

#include "updraft/link.hpp"

#include "cli/push_door.hpp"
#include "cli/send_progress.hpp"

namespace updraft::cli {

struct Sent {
  Result<> outcome;      // the machine's; unreachable: nobody answered for job.wait_seconds
  bool stopped = false;  // by a signal; the outcome says aborted
  std::chrono::duration<double> time{0};
};

Sent send(const PushJob& job, const Output& out, link::Link& machine,
          std::function<SendProgress::State()> state);

}  // namespace updraft::cli
