#include "cli/push_bundle.hpp"

#include <fmt/format.h>

#include "updraft/link/bundle_host.hpp"

#include "cli/bundle.hpp"
#include "cli/command.hpp"
#include "cli/progress_bar.hpp"
#include "cli/text.hpp"
#include "ports/linux/reactor.hpp"

namespace updraft::cli {
namespace {

constexpr Millis kProgressEvery{50};

class Push final : public ports::Connection {
 public:
  Push(const std::string& password, const Bundle& bundle)
      : source_(bundle.stream), host_(password, as_bytes(bundle.metadata), source_) {}
  link::Link& link() override { return host_; }
  void closed(const Result<>& outcome) override { on_closed(outcome); }
  const link::BundleHost& host() const { return host_; }
  std::function<void(const Result<>&)> on_closed;

 private:
  link::MemorySource source_;
  link::BundleHost host_;
};

std::string failure_line(const std::string& target, const Error& error, unsigned waited) {
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target, waited, explain(error));
  }
  if (error.code == Code::not_wanted) {
    return fmt::format("{} said FAIL to the {}; its console tells why. Nothing was changed there.",
                       target, error.found == 7 ? "list of files" : "content");
  }
  if (error.code == Code::aborted && error.found == 0) {
    return fmt::format(
        "{} closed the connection before it took anything: it is busy, or locked "
        "for a minute after wrong passwords.",
        target);
  }
  return fmt::format("{}: {}", target, explain(error));
}

class Run {
 public:
  Run(const BundlePush& options, const Bundle& bundle, const std::string& password)
      : options_(options), bundle_(bundle), password_(password), out_(options.json) {}

  int run() {
    auto push = std::make_unique<Push>(password_, bundle_);
    push_ = push.get();
    push->on_closed = [this](const Result<>& outcome) {
      show();
      push_ = nullptr;
      outcome_ = outcome;
      reactor_.stop();
    };
    tick();
    reactor_.on_signal([this](int) { reactor_.stop(); });
    reactor_.connect(options_.target.host, options_.target.port, std::move(push),
                     {.retry_for = std::chrono::seconds(options_.wait_seconds)});
    reactor_.run();
    bar_.finish();
    return conclude();
  }

 private:
  void tick() {
    if (push_ == nullptr) return;
    show();
    reactor_.after(kProgressEvery, [this] { tick(); });
  }
  void show() {
    const std::uint64_t sent = push_->host().sent();
    if (sent == 0 || sent == shown_) return;
    shown_ = sent;
    out_.event({{"event", "progress"}, {"sent", sent}, {"total", bundle_.stream.size()}});
    if (!out_.json()) bar_.show(sent, bundle_.stream.size());
  }
  int conclude() {
    boost::json::object event = result_event(outcome_);
    event["files"] = bundle_.files;
    out_.event(event);
    if (!outcome_) {
      Output::fail(failure_line(options_.target.text(), outcome_.error(), options_.wait_seconds));
      return status_of(outcome_.error());
    }
    out_.item("sent", fmt::format("{} files, {} packed to {}; {} has them all in place",
                                  bundle_.files, human_bytes(bundle_.plain_bytes),
                                  human_bytes(bundle_.stream.size()), options_.target.text()));
    return kOk;
  }

  const BundlePush& options_;
  const Bundle& bundle_;
  const std::string& password_;
  Output out_;
  ports::Reactor reactor_;
  ProgressBar bar_{"sending"};
  Push* push_ = nullptr;
  std::uint64_t shown_ = 0;
  Result<> outcome_ = fail(Code::aborted, Where::link);
};

}  // namespace

int push_bundle(const BundlePush& options) {
  if (!std::filesystem::is_directory(options.dir)) {
    throw Stop(kUsage, options.dir + " is no directory; bundle:// sends all files of one");
  }
  const Bundle bundle = make_bundle(options.dir);
  const std::string password = read_password(options.password, Ask::yes);
  return Run(options, bundle, password).run();
}

}  // namespace updraft::cli
