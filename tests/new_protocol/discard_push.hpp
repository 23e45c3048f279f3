// `updraft push FILE discard://HOST`.
#pragma once
#include "cli/push/push_door.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "host/push/push_loop.hpp"
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
    PushPrinter printer(out, job.target.host);
    const host::Ended ended = host::push_by(sender, job.to(printer), [&sender] {
      return host::Progress{sender.sent(), sender.total()};
    });
    out.event(result_event(ended.outcome));
    if (!ended.outcome) throw Stop(ended.outcome.error(), explain(ended.outcome.error()));
    if (!quietly_) out.item("sent", job.target.text());
    return kOk;
  }

 private:
  bool quietly_ = false;
};
// [end]

}  // namespace updraft::cli
