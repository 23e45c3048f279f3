#include "cli/push/push_sd.hpp"

#include <cstring>

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/push/push_silent.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/sd_push.hpp"

namespace updraft::cli {
namespace {

std::string why_not_written(const PushJob& job, const Error& error) {
  const std::string& folder = job.target.path;
  if (error.code != Code::unreachable) return fmt::format("{}: {}", folder, explain(error));
  return fmt::format("cannot write to {}: {}", folder,
                     std::strerror(static_cast<int>(error.found)));
}

}  // namespace

int SdPushDoor::push(const PushJob& job) {
  host::SdPush push;
  push.cipher = cipher_.read();
  push.name = host::card_name(job.file.name);
  const Output out(job.json);
  host::Payload payload = open_payload(job.file, out);
  PushPrinter printer(out, job.target.path);
  const Interrupt interrupt;
  const host::Ended ended = push.push(job.to(printer), payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  const std::string failure = ended.outcome ? "" : why_not_written(job, ended.outcome.error());
  return conclude_silent(out, ended, failure,
                         fmt::format("{} as {} in {}, with its digest. A device takes it when it "
                                     "finds the card, and renames it then.",
                                     human_bytes(ended.sent), push.name, job.target.path));
}

}  // namespace updraft::cli
