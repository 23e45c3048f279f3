#include "cli/push/push_bundle.hpp"

#include <fmt/format.h>

#include "cli/nobody_answers.hpp"
#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/bundle_files.hpp"
#include "host/push/bundle_push.hpp"
#include "host/push/through_rescue.hpp"

namespace updraft::cli {
namespace {

std::string failure_line(const PushJob& job, const Error& error) {
  const std::string target = job.target.text();
  if (error.code == Code::unreachable) {
    return nobody_answers(job.target, std::chrono::seconds(job.wait_seconds), error);
  }
  if (error.code == Code::not_wanted) {
    return fmt::format("{} said FAIL to the {}; its console tells why. {}", target,
                       error.found == 7 ? "list of files" : "content",
                       error.found == 7 ? "Nothing was changed there."
                                        : "Updraft's devices change nothing then; an original has "
                                          "written what came, so send it again.");
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
    Output::fail(failure_line(job, outcome.error()));
    return status_of(outcome.error());
  }
  out.item("sent",
           fmt::format("{} files, {} packed to {}; {} installed them all, and cannot be asked what "
                       "it runs then",
                       bundle.files, human_bytes(bundle.plain_bytes),
                       human_bytes(bundle.stream.size()), target));
  return kOk;
}

}  // namespace

int BundlePushDoor::push(const PushJob& job) {
  const std::string& dir = job.file.name;
  if (!job.file.delta_from.empty()) throw Stop(kUsage, "--delta-from: a bundle sends whole files");
  if (job.file.is_signed()) {
    throw Stop(kUsage, "--sign-key: a bundle carries firmware.bin and files, not a package");
  }
  std::error_code none;
  if (!std::filesystem::is_directory(dir, none)) {
    throw Stop(kUsage, dir + " is no directory; bundle:// sends all files of one");
  }
  const host::Bundle bundle = host::make_bundle(
      dir, {.follow = follow_links_, .skipped = [](const std::string& path) {
              Output::warn(path +
                           " is a symbolic link and is left out; --follow-links sends it "
                           "if it leads to a file of the directory");
            }});
  host::BundlePush push;
  push.metadata = bundle.metadata;
  push.password = read_password(password_.given(), Ask::yes);
  const Output out(job.json);
  PushPrinter printer(out, job.target.host);
  const Interrupt interrupt;
  return conclude(job, bundle, out,
                  host::push_through_rescue(push, job.to(printer), bundle.stream));
}

}  // namespace updraft::cli
