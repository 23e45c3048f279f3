#include "cli/push_bundle.hpp"

#include <fmt/format.h>

#include "cli/bundle.hpp"
#include "cli/sending.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "protocols/bundle/bundle_host.hpp"

namespace updraft::cli {
namespace {

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

int conclude(const PushJob& job, const Bundle& bundle, const Output& out, const Sent& sent) {
  const Result<>& outcome = sent.outcome;
  boost::json::object event = result_event(outcome);
  event["files"] = bundle.files;
  out.event(event);
  const std::string target = job.target.text();
  if (sent.stopped) {
    Output::fail("stopped; the device keeps what it runs");
    return kFailed;
  }
  if (!outcome) {
    Output::fail(failure_line(target, outcome.error(), job.wait_seconds));
    return status_of(outcome.error());
  }
  out.item("sent",
           fmt::format("{} files, {} packed to {}; {} installed them all", bundle.files,
                       human_bytes(bundle.plain_bytes), human_bytes(bundle.stream.size()), target));
  return kOk;
}

}  // namespace

int BundlePushDoor::push(const PushJob& job) {
  const std::string& dir = job.file.name;
  if (!job.file.delta_from.empty()) throw Stop(kUsage, "--delta-from: a bundle sends whole files");
  if (!std::filesystem::is_directory(dir)) {
    throw Stop(kUsage, dir + " is no directory; bundle:// sends all files of one");
  }
  const Bundle bundle = make_bundle(dir);
  const std::string password = read_password(password_, Ask::yes);
  const Output out(job.json);
  link::MemorySource source(bundle.stream);
  link::BundleHost host(password, as_bytes(bundle.metadata), source);
  const Sent sent =
      send(job, out, host, [&host] { return SendProgress::State{host.sent(), host.total()}; });
  return conclude(job, bundle, out, sent);
}

}  // namespace updraft::cli
