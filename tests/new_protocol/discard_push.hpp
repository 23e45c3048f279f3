// `updraft push FILE discard://HOST`.
#pragma once
#include "cli/push_door.hpp"
#include "cli/sending.hpp"
#include "cli/words/stop.hpp"
#include "protocols/raw/raw_sender.hpp"
#include "tests/new_protocol/discard.hpp"

namespace updraft::cli {

// [push]
class DiscardPushDoor final : public PushDoor {
 public:
  const Protocol& protocol() const override { return kDiscard; }
  void add_options(CLI::App& command) override {
    command.add_flag("--quietly", quietly_, "to discard://: say nothing at the end");
  }
  int push(const PushJob& job) override {
    const Output out(job.json);
    host::Payload payload = open_payload(job.file, out);
    link::RawSender sender(payload);  // which sends just that: all bytes, then the end
    const Sent sent = send(
        job, out, sender, [&sender] { return SendProgress::State{sender.sent(), sender.total()}; });
    out.event(result_event(sent.outcome));
    if (!sent.outcome) throw Stop(sent.outcome.error(), explain(sent.outcome.error()));
    if (!quietly_) out.item("sent", job.target.text());
    return kOk;
  }

 private:
  bool quietly_ = false;
};
// [end]

}  // namespace updraft::cli
