#include "cli/push/push_bundle.hpp"

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/bundle_files.hpp"
#include "host/push/bundle_push.hpp"

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

int conclude(const PushJob& job, const host::Bundle& bundle, const Output& out,
             const host::Ended& ended) {
  const Result<>& outcome = ended.outcome;
  boost::json::object event = result_event(outcome);
  event["files"] = bundle.files;
  out.event(event);
  const std::string target = job.target.text();
  if (ended.stopped != host::Stopped::no) {
    Output::fail(kStoppedSending);
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
  const host::Bundle bundle = host::make_bundle(dir);
  host::BundlePush push;
  push.metadata = bundle.metadata;
  push.password = read_password(password_, Ask::yes);
  const Output out(job.json);
  host::Payload payload(bundle.stream);
  PushPrinter printer(out);
  const Interrupt interrupt;
  return conclude(job, bundle, out, push.push(job.to(printer), payload));
}

}  // namespace updraft::cli
