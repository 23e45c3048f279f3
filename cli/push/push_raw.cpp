#include "cli/push/push_raw.hpp"

#include <fmt/format.h>

#include "cli/push/push_printer.hpp"
#include "cli/words/stop.hpp"
#include "cli/words/text.hpp"
#include "host/push/raw_push.hpp"

namespace updraft::cli {
namespace {

std::string closing_line(const host::Url& target, const host::Ended& ended) {
  return fmt::format(
      "{} in {} to {}. Raw TCP brings no answer: the device's console says how it went.",
      human_bytes(ended.sent), human_seconds(ended.time.count()), target.text());
}

std::string failure_line(const PushJob& job, const Error& error) {
  const std::string target = job.target.text();
  if (error.code == Code::unreachable) {
    return fmt::format("{} did not answer for {} s. {}", target, job.wait_seconds, explain(error));
  }
  if (error.code == Code::aborted) {
    return fmt::format(
        "{} closed the connection after {} of {}: it refused the file or went away; "
        "its console says which.",
        target, human_bytes(error.found), human_bytes(error.expected));
  }
  return fmt::format("{}: {}", target, explain(error));
}

}  // namespace

std::string RawPushDoor::examples() const {
  return "  updraft push build/app.bin raw://192.168.1.20\n"
         "  updraft push v2.bin raw://192.168.1.20 --delta-from v1.bin\n"
         "  UPDRAFT_AES_KEY=... updraft push app.bin raw://dev.local:18000 --aes-iv "
         "0123456789012345\n";
}

int RawPushDoor::push(const PushJob& job) {
  host::RawPush push;
  push.cipher = read_cipher(cipher_);
  const Output out(job.json);
  host::Payload payload = open_payload(job.file, out);
  PushPrinter printer(out);
  const Interrupt interrupt;
  const host::Ended ended = push.push(job.to(printer), payload);
  if (const auto why = payload.failure()) throw Stop(why->error, why->text);
  out.event(result_event(ended.outcome));
  if (ended.stopped != host::Stopped::no) {
    Output::fail(kStoppedSending);
    return kFailed;
  }
  if (!ended.outcome) {
    Output::fail(failure_line(job, ended.outcome.error()));
    return status_of(ended.outcome.error());
  }
  out.item("sent", closing_line(job.target, ended));
  return kOk;
}

}  // namespace updraft::cli
