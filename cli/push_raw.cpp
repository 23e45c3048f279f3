#include "cli/push_raw.hpp"

#include <fmt/format.h>

#include "cli/command.hpp"
#include "cli/send_progress.hpp"
#include "cli/words/text.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/raw/raw_sender.hpp"

namespace updraft::cli {
namespace {

// What the sending machine needs, and how it ended.
class Push final : public ports::Connection {
 public:
  Push(link::Source& source, const std::optional<link::RawCipher>& cipher, Result<>& outcome)
      : sender_(source, cipher ? &*cipher : nullptr), outcome_(outcome) {}
  link::Link& link() override { return sender_; }
  void closed(const Result<>& outcome) override {
    outcome_ = outcome;
    if (on_closed) on_closed();
  }
  const link::RawSender& sender() const { return sender_; }
  std::function<void()> on_closed;

 private:
  link::RawSender sender_;
  Result<>& outcome_;
};

std::string closing_line(const Url& target, std::uint64_t bytes, double seconds) {
  return fmt::format(
      "{} in {} to {}. Raw TCP brings no answer: the device's console says how it went.",
      human_bytes(bytes), human_seconds(seconds), target.text());
}

std::string failure_line(const Url& target, const Error& error, unsigned waited) {
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target.text(), waited, explain(error));
  }
  if (error.code == Code::aborted) {
    return fmt::format(
        "{} closed the connection after {} of {}: it refused the file or went away; "
        "its console tells.",
        target.text(), human_bytes(error.found), human_bytes(error.expected));
  }
  return fmt::format("{}: {}", target.text(), explain(error));
}

}  // namespace

int push_raw(const RawPush& options) {
  const Output out(options.json);
  host::Payload payload = open_payload(options.file, out);
  Result<> outcome = fail(Code::aborted, Where::link);
  bool stopped = false;
  ports::Reactor reactor;
  SendProgress progress(reactor, out);
  auto push = std::make_unique<Push>(payload, options.cipher, outcome);
  progress.watch([&sender = push->sender()] {
    const bool known = sender.total() != link::kUnknownSize;
    return SendProgress::State{sender.sent(), known ? sender.total() : 0};
  });
  std::uint64_t sent = 0;
  push->on_closed = [&, &sender = push->sender()] {
    sent = sender.sent();
    progress.finish();
    reactor.stop();
  };
  reactor.on_signal([&](int) {
    progress.finish();
    stopped = true;
    reactor.stop();
  });
  reactor.connect(options.target.host, options.target.port, std::move(push),
                  {.retry_for = std::chrono::seconds(options.wait_seconds)});
  reactor.run();

  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  out.event(result_event(outcome));
  if (stopped) {
    Output::fail("stopped; the device keeps what it runs");
    return kFailed;
  }
  if (!outcome) {
    Output::fail(failure_line(options.target, outcome.error(), options.wait_seconds));
    return status_of(outcome.error());
  }
  out.item("sent",
           closing_line(options.target, sent,
                        std::chrono::duration<double>(reactor.now().time_since_epoch()).count()));
  return kOk;
}

}  // namespace updraft::cli
