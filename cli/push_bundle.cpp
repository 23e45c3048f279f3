#include "cli/push_bundle.hpp"

#include <fmt/format.h>

#include "cli/bundle.hpp"
#include "cli/command.hpp"
#include "cli/send_progress.hpp"
#include "cli/words/text.hpp"
#include "ports/linux/reactor.hpp"
#include "protocols/bundle/bundle_host.hpp"

namespace updraft::cli {
namespace {

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

int conclude(const BundlePush& options, const Bundle& bundle, const Output& out,
             const Result<>& outcome) {
  boost::json::object event = result_event(outcome);
  event["files"] = bundle.files;
  out.event(event);
  const std::string target = options.target.text();
  if (!outcome) {
    Output::fail(failure_line(target, outcome.error(), options.wait_seconds));
    return status_of(outcome.error());
  }
  out.item("sent",
           fmt::format("{} files, {} packed to {}; {} has them all in place", bundle.files,
                       human_bytes(bundle.plain_bytes), human_bytes(bundle.stream.size()), target));
  return kOk;
}

}  // namespace

int push_bundle(const BundlePush& options) {
  if (!std::filesystem::is_directory(options.dir)) {
    throw Stop(kUsage, options.dir + " is no directory; bundle:// sends all files of one");
  }
  const Bundle bundle = make_bundle(options.dir);
  const std::string password = read_password(options.password, Ask::yes);
  const Output out(options.json);
  Result<> outcome = fail(Code::aborted, Where::link);
  ports::Reactor reactor;
  SendProgress progress(reactor, out);
  auto push = std::make_unique<Push>(password, bundle);
  progress.watch([&host = push->host()] { return SendProgress::State{host.sent(), host.total()}; });
  push->on_closed = [&](const Result<>& how) {
    progress.finish();
    outcome = how;
    reactor.stop();
  };
  reactor.on_signal([&](int) { reactor.stop(); });
  reactor.connect(options.target.host, options.target.port, std::move(push),
                  {.retry_for = std::chrono::seconds(options.wait_seconds)});
  reactor.run();
  return conclude(options, bundle, out, outcome);
}

}  // namespace updraft::cli
