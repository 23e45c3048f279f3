#include "cli/sending.hpp"

#include <memory>
#include <utility>

#include "ports/linux/reactor.hpp"

namespace updraft::cli {
namespace {

// A connection for a machine that its owner keeps.
class Borrowed final : public linux_port::Connection {
 public:
  Borrowed(link::Link& machine, std::function<void(const Result<>&)> on_closed)
      : machine_(machine), on_closed_(std::move(on_closed)) {}
  link::Link& link() override { return machine_; }
  void closed(const Result<>& outcome) override { on_closed_(outcome); }

 private:
  link::Link& machine_;
  std::function<void(const Result<>&)> on_closed_;
};

}  // namespace

Sent send(const PushJob& job, const Output& out, link::Link& machine,
          std::function<SendProgress::State()> state) {
  Sent sent{.outcome = fail(Code::aborted, Where::link)};
  linux_port::Reactor reactor;
  SendProgress progress(reactor, out);
  progress.watch(std::move(state));
  const auto stop = [&] {
    progress.finish();
    reactor.stop();
  };
  reactor.on_signal([&](int) {
    sent.stopped = true;
    stop();
  });
  auto connection = std::make_unique<Borrowed>(machine, [&](const Result<>& outcome) {
    sent.outcome = outcome;
    stop();
  });
  reactor.connect(job.target.host, job.target.port, std::move(connection),
                  {.retry_for = std::chrono::seconds(job.wait_seconds)});
  reactor.run();
  sent.time = reactor.now().time_since_epoch();
  return sent;
}

}  // namespace updraft::cli
